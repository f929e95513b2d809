using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Millpond;
using NUnit.Framework;
using Shop.Database;
using Shop.Protos;

namespace Shop.Tests;

internal sealed class OrderTests
{
    private static CancellationToken Token => TestContext.CurrentContext.CancellationToken;

    [Test]
    public async Task An_order_reduces_the_stock()
    {
        var db = await TestShop.Databases.AcquireForTestAsync();
        using var channel = Connect(db);

        var placed = await OrderAsync(channel, product: 3, quantity: 2, Token);

        await using var scope = TestShop.Factory.CreateScope(db);
        var shop = scope.ServiceProvider.GetRequiredService<ShopContext>();
        var kettle = await shop.Products.SingleAsync(static product => product.Id == 3, Token);
        Assert.That((placed.TotalCents, kettle.Stock), Is.EqualTo((2 * 59_00, 3)));
    }

    [Test]
    public async Task An_order_beyond_the_stock_persists_nothing()
    {
        var db = await TestShop.Databases.AcquireForTestAsync();
        using var channel = Connect(db);

        var error = await DatabaseExpect.RollsBackAsync<RpcException>(
            db, () => OrderAsync(channel, product: 5, quantity: 2, Token), Token);

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition));
    }

    [Test]
    public async Task No_fault_leaves_half_of_an_order()
    {
        var db = await TestShop.Databases.AcquireForTestAsync();
        using var channel = Connect(db);

        await db.SweepAsync(token => OrderAsync(channel, product: 1, quantity: 1, token), cancellationToken: Token);
    }

    private static GrpcChannel Connect(TestDatabase db) => GrpcChannel.ForAddress(
        "http://localhost", new GrpcChannelOptions { HttpHandler = TestShop.Factory.CreateHandler(db) });

    private static async Task<PlacedOrder> OrderAsync(
        GrpcChannel channel, long product, int quantity, CancellationToken token)
    {
        var order = new NewOrder { Email = "ada@example.com" };
        order.Lines.Add(new NewOrderLine { ProductId = product, Quantity = quantity });
        return await new Storefront.StorefrontClient(channel).PlaceOrderAsync(order, cancellationToken: token);
    }
}
