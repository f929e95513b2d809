using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Grpc.Core;
using Shop.Protos;
using Xunit;

namespace Millpond.IntegrationTests.Shop;

/// <summary>What a shop does for a person at its pages and for a program over gRPC. Each test has products of its own.</summary>
public abstract class ShopRules(ShopFixture fixture)
{
    private const int Teapot = 1, Cup = 2, Kettle = 3, Tray = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_can_click_from_the_products_to_an_order_and_see_it_in_the_report()
    {
        using var browser = fixture.Shop.Browse();
        var stock = StockOf(await browser.ReadAsync("/"), Teapot);
        await browser.OpenFormAsync(Teapot);

        var (status, path, text) = await browser.SendFormAsync("ada@pages.test", (0, "2"));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("/orders/", path, StringComparison.Ordinal);
        Assert.Contains("ada@pages.test", text, StringComparison.Ordinal);
        Assert.Equal("49.00", Marked(text, "data-total"));
        Assert.Equal(stock - 2, StockOf(await browser.ReadAsync("/"), Teapot));

        var report = await browser.ReadAsync("/report");
        var sales = Regex.Matches(report, "data-sales=\"[^\"]*\">([^<]*)<").Select(one => Amount(one.Groups[1].Value));
        Assert.Equal(Amount(Marked(report, "data-revenue")), sales.Sum());
        Assert.Equal(
            (await fixture.NumberAsync("select count(*) from \"Orders\""), await RevenueAsync()),
            (int.Parse(Marked(report, "data-orders"), CultureInfo.InvariantCulture), Amount(Marked(report, "data-revenue"))));
        Assert.Equal(
            $"to ada@pages.test: order {path["/orders/".Length..]}, 2 x Teapot, 49.00 in all", await MailAsync("ada@pages"));
    }

    [Fact]
    public async Task An_invalid_order_is_rejected_and_leaves_no_trace()
    {
        using var browser = fixture.Shop.Browse();
        await browser.OpenFormAsync(Cup);
        var before = await CountsAsync();

        var forged = await browser.ForgeAsync("eve@refused.test");
        var nobody = await browser.SendFormAsync("nobody", (1, "1"));
        var nothing = await browser.SendFormAsync("ada@refused.test", (1, "0"));
        var words = await browser.SendFormAsync("ada@refused.test", (1, "many"));
        var tooMany = await browser.SendFormAsync("ada@refused.test", (1, "101"));
        var halfInStock = await browser.SendFormAsync("ada@refused.test", (1, "1"), (4, "2"));

        Assert.All([forged, nobody, nothing, words, tooMany], answer => Assert.Equal(HttpStatusCode.BadRequest, answer.Status));
        Assert.Contains("This is not an e-mail address.", nobody.Text, StringComparison.Ordinal);
        Assert.Contains("Order at least one item.", nothing.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, halfInStock.Status);
        Assert.Contains("Out of stock: Tray, signed has 1 left, and 2 were ordered.", halfInStock.Text, StringComparison.Ordinal);
        Assert.Equal(before, await CountsAsync());
        Assert.Empty(await fixture.MailsAsync("@refused.test"));
        Assert.Equal(HttpStatusCode.NotFound, await browser.StatusAsync("/orders/999999"));
    }

    [Theory]
    [InlineData("status=200", "application/x-www-form-urlencoded")]
    [InlineData("status=204", "application/x-www-form-urlencoded")]
    [InlineData("status=-5", "application/x-www-form-urlencoded")]
    [InlineData("nonsense", "multipart/form-data; boundary=none")]
    public async Task A_client_cannot_choose_the_status_of_its_error_page(string body, string type)
    {
        using var browser = fixture.Shop.Browse();
        Assert.Equal(HttpStatusCode.BadRequest, await browser.SendAsync(body, type));
    }

    [Fact]
    public async Task Of_20_concurrent_orders_for_5_items_5_succeed_and_get_their_mail()
    {
        var browsers = Enumerable.Range(0, 20).Select(_ => fixture.Shop.Browse()).ToList();
        await Task.WhenAll(browsers.Select(browser => browser.OpenFormAsync(Kettle)));

        var answers = await Task.WhenAll(browsers.Select((browser, i) => browser.SendFormAsync($"{i}@race.test", (2, "1"))));
        browsers.ForEach(browser => browser.Dispose());

        var made = answers.Index().Where(one => one.Item.Status == HttpStatusCode.OK).Select(one => one.Index).ToList();
        Assert.Equal(5, made.Count);
        var refused = answers.Where(answer => answer.Status != HttpStatusCode.OK).ToList();
        Assert.All(refused, answer => Assert.Equal(HttpStatusCode.Conflict, answer.Status));
        Assert.All(refused, answer => Assert.Contains("Out of stock: Kettle has 0 left", answer.Text, StringComparison.Ordinal));

        using var later = fixture.Shop.Browse();
        Assert.Contains("sold out", await later.ReadAsync("/"), StringComparison.Ordinal);
        await later.OpenFormAsync(Cup);
        await later.SendFormAsync("last@later.test", (1, "1"), (2, "0"));
        await MailAsync("last@later");   // mails go in the order of their commits, so all of the others are out
        Assert.Equal(0, await fixture.NumberAsync($"select \"Stock\" from \"Products\" where \"Id\" = {Kettle}"));
        Assert.Equal(
            made.Select(i => $"to {i}@race.test").Order(StringComparer.Ordinal),
            (await fixture.MailsAsync("@race.test")).Select(mail => mail.Split(':')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_second_shop_finds_the_tables_and_the_port_in_use()
    {
        await using var second = fixture.LaunchSecond();

        Assert.Equal((1, ""), (await second.ExitAsync(), second.Output.Trim()));
        Assert.StartsWith("The shop cannot start: Failed to bind to address", second.Errors, StringComparison.Ordinal);
        Assert.EndsWith("--Kestrel:Endpoints:Grpc:Url.", second.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', second.Errors);
    }

    [Fact]
    public async Task An_order_over_gRPC_is_visible_to_watchers_of_the_stock()
    {
        using var channel = fixture.Shop.OpenChannel();
        var client = new Storefront.StorefrontClient(channel);
        using var watch = client.WatchStock(
            new StockRequest(), deadline: DateTime.UtcNow.AddSeconds(20), cancellationToken: Token);
        var stock = await NextAsync(watch, Cup);

        var placed = await client.PlaceOrderAsync(Order("ada@grpc.test", (Cup, 3)), cancellationToken: Token);

        Assert.Equal(3 * 690, placed.TotalCents);
        Assert.Equal(stock - 3, await NextAsync(watch, Cup));
        Assert.Equal($"to ada@grpc.test: order {placed.Id}, 3 x Cup, 20.70 in all", await MailAsync("ada@grpc"));
    }

    [Fact]
    public async Task An_invalid_order_over_gRPC_returns_a_status_and_writes_nothing()
    {
        using var channel = fixture.Shop.OpenChannel();
        var client = new Storefront.StorefrontClient(channel);
        var before = await CountsAsync();

        Assert.Equal(
            (StatusCode.FailedPrecondition, "Out of stock: Tray, signed has 1 left, and 2 were ordered."),
            await FailsAsync(Order("ada@gone.test", (Cup, 1), (Tray, 2))));
        Assert.Equal(
            (StatusCode.FailedPrecondition, "There is no product 99."), await FailsAsync(Order("ada@gone.test", (99, 1))));
        Assert.Equal(
            (StatusCode.InvalidArgument, "This is not an e-mail address."), await FailsAsync(Order("ada", (Cup, 1))));
        Assert.Equal(StatusCode.InvalidArgument, (await FailsAsync(Order("ada@gone.test", (Cup, -1)))).Status);

        Assert.Equal(before, await CountsAsync());
        Assert.Empty(await fixture.MailsAsync("@gone.test"));

        async Task<(StatusCode Status, string Detail)> FailsAsync(NewOrder order)
        {
            var error = await Assert.ThrowsAsync<RpcException>(
                async () => await client.PlaceOrderAsync(order, cancellationToken: Token));
            return (error.StatusCode, error.Status.Detail);
        }
    }

    private static NewOrder Order(string email, params (long Product, int Quantity)[] lines)
    {
        var order = new NewOrder { Email = email };
        order.Lines.AddRange(lines.Select(line => new NewOrderLine { ProductId = line.Product, Quantity = line.Quantity }));
        return order;
    }

    /// <summary>Reads the stream up to the next message about a product.</summary>
    private static async Task<int> NextAsync(AsyncServerStreamingCall<StockLevel> watch, long product)
    {
        while (await watch.ResponseStream.MoveNext(Token))
        {
            if (watch.ResponseStream.Current.ProductId == product)
            {
                return watch.ResponseStream.Current.Stock;
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }

    private static int StockOf(string page, long product) => int.Parse(
        Marked(page, string.Create(CultureInfo.InvariantCulture, $"data-stock=\"{product}\"")), CultureInfo.InvariantCulture);

    /// <summary>Finds the text of the element that carries a mark.</summary>
    private static string Marked(string page, string mark) => Regex.Match(page, $"{mark}[^>]*>([^<]*)<").Groups[1].Value;

    private static long Amount(string text) => (long)(decimal.Parse(text, CultureInfo.InvariantCulture) * 100);

    private async Task<string> MailAsync(string to)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await fixture.MailsAsync(to) is [var mail])
            {
                return mail;
            }

            await Task.Delay(25, Token);
        }

        throw new InvalidOperationException($"No mail to {to}.");
    }

    private Task<long> RevenueAsync() =>
        fixture.NumberAsync("select coalesce(sum(\"Quantity\" * \"Price\"), 0) from \"OrderLines\"");

    private async Task<(long Orders, long Lines, long Stock)> CountsAsync() => (
        await fixture.NumberAsync("select count(*) from \"Orders\""),
        await fixture.NumberAsync("select count(*) from \"OrderLines\""),
        await fixture.NumberAsync("select sum(\"Stock\") from \"Products\""));
}
