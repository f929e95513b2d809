using Deque.AxeCore.Playwright;
using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using Millpond.IntegrationTests.LivePage;
using Xunit;

namespace Millpond.BrowserTests;

/// <summary>The live page in a browser.</summary>
[Trait("Needs", "Browser")]
public sealed class LivePageTests(Browser browser) : IAsyncDisposable
{
    // What a browser takes for markup is shown as text.
    private const string Route = "/hold/<img src=x onerror=alert(1)>&'\"é/{id}";

    private readonly TaskCompletionSource _released = new();
    private readonly List<Task> _requests = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _released.TrySetResult();
        await Task.WhenAll(_requests).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);   // their site may be gone
    }

    [Fact]
    public async Task A_held_connection_appears_with_its_route_and_an_exhausted_pool_with_its_remedy()
    {
        await using var site = await StartAsync();
        var page = await browser.OpenAsync(Address(site));
        var complaints = Complaints(page);

        Hold(site);
        await page.Locator("#holders td", new() { HasText = $"GET {Route}" })
            .WaitForAsync(new() { Timeout = 4_000 });   // 2 s on a machine that has nothing else to do

        Hold(site);
        Hold(site);
        await page.Locator("#verdict[data-severity=critical]").WaitForAsync();
        await page.Locator("#waiters td", new() { HasText = $"GET {Route}" }).WaitForAsync();
        Assert.Matches(
            "^Saturated: 1 of 1 connection in use, 2 waiting \\(the first for .*\\)\\.$",
            await page.TextContentAsync("#headline"));
        var detail = await page.TextContentAsync("#detail");
        Assert.StartsWith($"GET {Route} ", detail!.Split(". ").Last(), StringComparison.Ordinal);
        Assert.Equal(
            $"Release the session of GET {Route} before the slow work: it holds a connection while it runs no statement.",
            await page.TextContentAsync("#remedy"));

        _released.SetResult();
        await page.Locator("#verdict:not([data-severity=critical])").WaitForAsync();
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task The_charts_move_under_load_until_the_page_is_paused()
    {
        await using var site = await StartAsync();
        var page = await browser.OpenAsync(Address(site));
        var complaints = Complaints(page);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var load = Task.Run(
            async () =>
            {
                while (!end.IsCancellationRequested)
                {
                    (await site.GetAsync("/quick")).Dispose();
                }
            },
            Token);

        for (var chart = 0; chart < 4; chart++)
        {
            var before = await DrawAsync(page, chart);
            await page.WaitForFunctionAsync(
                "([chart, before]) => document.querySelectorAll('#charts canvas')[chart].toDataURL() !== before",
                new object[] { chart, before });
        }

        await page.Locator("#charts [role=img]").First.And(page.Locator("[aria-label*='Executing: now']")).WaitForAsync();
        await page.ClickAsync("text=60 minutes");
        await page.Locator("[data-range=coarse][aria-pressed=true]").WaitForAsync();
        await page.ClickAsync("#pause");
        var uptime = await page.TextContentAsync("#gauges");
        var second = page.WaitForResponseAsync("**/snapshot.json");
        await page.EvaluateAsync("() => fetch(document.body.dataset.base + 'snapshot.json')");
        await second;
        Assert.Equal(uptime, await page.TextContentAsync("#gauges"));

        await end.CancelAsync();
        await load;
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task The_page_survives_a_restart_of_the_server()
    {
        var site = await StartAsync();
        var port = Address(site).Port;
        var page = await browser.OpenAsync(Address(site));
        await page.Locator("#link[data-state=live]").WaitForAsync();

        await site.DisposeAsync();
        await page.Locator("#link[data-state=lost]").WaitForAsync();
        await using var again = await StartAsync(port);
        await page.Locator("#link[data-state=live]").WaitForAsync();
        Hold(again);
        await page.Locator("#holders td", new() { HasText = $"GET {Route}" }).WaitForAsync();
        _released.SetResult();
    }

    [Theory]
    [InlineData(1440, ColorScheme.Light)]
    [InlineData(375, ColorScheme.Dark)]
    public async Task The_page_is_accessible_and_fits_its_screen(int width, ColorScheme scheme)
    {
        await using var site = await StartAsync();
        Hold(site);
        Hold(site);
        var page = await browser.OpenAsync(Address(site), width, scheme);
        var complaints = Complaints(page);
        await page.Locator("#verdict[data-severity=critical]").WaitForAsync();

        var audit = await page.RunAxe();

        Assert.Empty(audit.Violations.Select(static one => $"{one.Id}: {one.Help} ({one.Nodes[0].Html})"));
        Assert.Equal(width, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the verdict", await page.EvaluateAsync<string>("() => document.activeElement.textContent"));
        Assert.Empty(complaints);
        _released.SetResult();
    }

    private static Uri Address(PageSite site) => new(site.Client.BaseAddress!, "/millpond");

    private static Task<string> DrawAsync(IPage page, int chart) =>
        page.EvaluateAsync<string>("chart => document.querySelectorAll('#charts canvas')[chart].toDataURL()", chart);

    private static List<string> Complaints(IPage page)
    {
        var complaints = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => complaints.Add(error);
        page.RequestFailed += (_, request) => complaints.Add(request.Url);
        return complaints;
    }

    /// <summary>Starts a service whose pool has one connection.</summary>
    private Task<PageSite> StartAsync(int port = 0) => PageSite.StartAsync(
        "Development",
        app =>
        {
            app.UseMillpond();
            app.MapMillpond();
            app.MapGet("/quick", (DbSession db) => db.ExecuteAsync($"select 1", Token));
            app.MapGet(Route, async (int id, DbSession db) =>
            {
                await db.ExecuteAsync($"select {id}", Token);
                await _released.Task;
            });
        },
        engine: static options => options.PoolTimeout = TimeSpan.FromSeconds(60),
        port: port);

    private void Hold(PageSite site) => _requests.Add(HoldAsync(site));

    private static async Task HoldAsync(PageSite site) =>
        (await site.GetAsync($"/hold/{Uri.EscapeDataString(Route.Split('/')[2])}/7")).Dispose();
}
