using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Millpond;
using Shop.Database;

[assembly: NUnit.Framework.Parallelizable(NUnit.Framework.ParallelScope.All)]
[assembly: ReturnDatabases]

namespace Shop.Tests;

/// <summary>One shop for all tests. Each has a database of its own, with the shop's tables and products.</summary>
internal static class TestShop
{
    public static Databases Databases { get; } = Databases.PostgreSql(DatabaseTemplate.FromCode(static (engine, token) =>
        engine.EnsureCreatedAsync<ShopContext>(static o => o.UseNpgsql(), token)));

    /// <summary>Gets the file that the shop writes its mails to.</summary>
    public static string Mails { get; } = Path.Combine(AppContext.BaseDirectory, "mails.txt");

    public static WebApplicationFactory<Program> Factory { get; } = new WebApplicationFactory<Program>()
        .WithWebHostBuilder(static host => host
            .UseSetting("Shop:Mails", Mails)
            .ConfigureLogging(static logging => logging.ClearProviders()))
        .WithTestDatabases(Databases);
}
