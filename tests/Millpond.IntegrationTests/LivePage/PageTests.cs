using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.LivePage;

/// <summary>What the live page sends.</summary>
public sealed partial class PageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "/millpond", "/millpond")]
    [InlineData("", "/millpond", "/millpond/")]
    [InlineData("", "/ops/a b", "/ops/a%20b")]
    [InlineData("", "/", "/")]
    [InlineData("/base/x", "/millpond", "/base/x/millpond")]
    public async Task The_page_finds_its_files_under_any_path(string pathBase, string pattern, string path)
    {
        await using var site = await PageSite.StartAsync("Development", app =>
        {
            app.UsePathBase(pathBase);
            app.UseRouting();
            app.MapMillpond(pattern);
        });
        using var page = await site.GetAsync(path);
        var html = await page.Content.ReadAsStringAsync(Token);
        var at = new Uri(site.Client.BaseAddress!, path);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var files = Files().Matches(html).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(4, files.Count);
        foreach (var file in files)
        {
            using var response = await site.GetAsync(new Uri(at, WebUtility.HtmlDecode(file)).AbsolutePath);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("public, max-age=31536000, immutable", response.Headers.CacheControl?.ToString().Replace(
                "max-age=31536000, public", "public, max-age=31536000", StringComparison.Ordinal));
        }

        var basePath = Base().Match(html).Groups[1].Value;
        var snapshot = new Uri(at, WebUtility.HtmlDecode(basePath) + "snapshot.json");
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync(snapshot.AbsolutePath));
    }

    [Fact]
    public async Task Responses_have_strict_headers_and_files_an_ETag()
    {
        await using var site = await PageSite.StartAsync("Development", app => app.MapMillpond());
        using var page = await site.GetAsync("/millpond");
        var file = Files().Match(await page.Content.ReadAsStringAsync(Token)).Groups[1].Value;
        using var asset = await site.GetAsync(file);
        using var again = await site.GetAsync(file, ("If-None-Match", asset.Headers.ETag!.ToString()));

        foreach (var response in (HttpResponseMessage[])[page, asset, again])
        {
            Assert.StartsWith(
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; ",
                Assert.Single(response.Headers.GetValues("Content-Security-Policy")),
                StringComparison.Ordinal);
            Assert.Contains(
                "frame-ancestors 'none'",
                Assert.Single(response.Headers.GetValues("Content-Security-Policy")),
                StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        }

        Assert.Equal("no-store", page.Headers.CacheControl?.ToString());
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task A_holder_is_shown_with_its_route_and_place_and_without_any_data()
    {
        var released = new TaskCompletionSource();
        var holds = new TaskCompletionSource();
        await using var site = await PageSite.StartAsync("Development", app =>
        {
            app.UseMillpond();
            app.MapMillpond();
            app.MapGet("/secrets/{name}", async (string name, DbSession db) =>
            {
                await db.QuerySingleAsync<string>($"select {name} || 'literal-secret' || 4711 -- comment-secret", Token);
                holds.TrySetResult();
                await released.Task;
            });
        });
        var request = site.GetAsync("/secrets/path-secret?key=query-secret", ("X-Key", "header-secret"));
        await holds.Task.WaitAsync(Token);

        var text = await site.Client.GetStringAsync(new Uri("/millpond/snapshot.json", UriKind.Relative), Token);
        var engine = JsonDocument.Parse(text).RootElement.GetProperty("engines")[0];
        var holder = Assert.Single(engine.GetProperty("holders").EnumerateArray());
        released.SetResult();
        (await request).Dispose();

        Assert.Equal("GET /secrets/{name}", holder.GetProperty("operation").GetString());
        Assert.Contains("(PageTests.cs:", holder.GetProperty("callSite").GetString(), StringComparison.Ordinal);
        Assert.Equal("select @p0 || ? || ?", holder.GetProperty("lastCommand").GetString()?.TrimEnd());
        Assert.DoesNotContain("secret\"", text, StringComparison.Ordinal);
        Assert.DoesNotMatch("(path|query|header|literal|comment)-secret|4711", text);
    }

    [Fact]
    public async Task The_black_box_is_a_download()
    {
        await using var site = await PageSite.StartAsync("Development", app => app.MapMillpond());
        using var response = await site.GetAsync("/millpond/black-box.json?engine=default");
        var box = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement;

        Assert.Equal("attachment", response.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("default", box.GetProperty("engineName").GetString());
        Assert.Equal(HttpStatusCode.NotFound, await site.StatusAsync("/millpond/black-box.json?engine=none"));
        Assert.Equal(HttpStatusCode.NotFound, await site.StatusAsync("/millpond/black-box.json"));
    }

    [Fact]
    public async Task A_thousand_requests_take_no_connection_and_read_one_snapshot_a_second()
    {
        await using var site = await PageSite.StartAsync("Development", app => app.MapMillpond());
        var engine = site.Services.GetRequiredService<DbEngine>();
        await using var holder = engine.OpenSession();
        await holder.ExecuteAsync($"select 1", Token);   // the pool's only connection

        var statuses = new List<HttpStatusCode>();
        var times = new HashSet<string>();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        foreach (var path in Enumerable.Range(0, 500).SelectMany(static _ => (string[])["", "/snapshot.json"]))
        {
            using var response = await site.GetAsync($"/millpond{path}");
            statuses.Add(response.StatusCode);
            if (path.Length > 0)
            {
                times.Add(JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token))
                    .RootElement.GetProperty("at").GetString()!);
            }
        }

        Assert.All(statuses, static status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.InRange(times.Count, 1, (int)watch.Elapsed.TotalSeconds + 1);
        Assert.Equal(1, engine.GetSnapshot().InUse);
    }

    [Fact]
    public async Task Ten_thousand_waiting_sessions_make_the_numbers_no_longer()
    {
        await using var site = await PageSite.StartAsync(
            "Development",
            app => app.MapMillpond(),
            engine: static options => (options.MaxQueue, options.PoolTimeout) = (10_000, TimeSpan.FromSeconds(60)));
        var engine = site.Services.GetRequiredService<DbEngine>();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var holder = engine.OpenSession();
        await holder.ExecuteAsync($"select 1", Token);
        var waiting = Enumerable.Range(0, 10_000)
            .Select(_ => engine.RunAsync((session, token) => session.ExecuteAsync($"select 1", token), end.Token)).ToList();

        var text = await site.Client.GetStringAsync(new Uri("/millpond/snapshot.json", UriKind.Relative), Token);
        await end.CancelAsync();
        await holder.DisposeAsync();
        await Task.WhenAny(Task.WhenAll(waiting));   // all are cancelled

        var shown = JsonDocument.Parse(text).RootElement.GetProperty("engines")[0];
        Assert.Equal(10_000, shown.GetProperty("waiting").GetInt32() + shown.GetProperty("waitingToWrite").GetInt32());
        Assert.Equal(100, shown.GetProperty("waiters").GetArrayLength());
        Assert.InRange(text.Length, 1, 50_000);
    }

    [GeneratedRegex("(?:href|src)=\"(\\./[^\"]*assets/[^\"]+)\"")]
    private static partial Regex Files();

    [GeneratedRegex("data-base=\"([^\"]+)\"")]
    private static partial Regex Base();
}
