using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Millpond;
using NUnit.Framework;
using Shop.Database;
using Shop.Products;

namespace Shop.Tests;

/// <summary>Fails if SHOW_A_FAILURE is set, to see what the output of a failed test says about its database.</summary>
internal sealed class FailureTests
{
    [Test]
    public async Task A_failure_shows_its_rows()
    {
        var db = await TestShop.Databases.AcquireForTestAsync();
        await TestShop.Factory.RunInSessionAsync(db, static (services, token) =>
        {
            var shop = services.GetRequiredService<ShopContext>();
            shop.Add(new Product { Id = 6, Name = "Scone", Price = 3_20, Stock = 10 });
            return shop.SaveChangesAsync(token);
        });

        Assert.That(Environment.GetEnvironmentVariable("SHOW_A_FAILURE"), Is.Null, "This test was to fail.");
    }
}
