using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Millpond.IntegrationTests.LivePage;

/// <summary>The stream of the live page.</summary>
public sealed class StreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_stream_sends_all_samples_first_and_then_the_new_ones()
    {
        await using var site = await PageSite.StartAsync("Development", app => app.MapMillpond());
        using var response = await site.GetAsync("/millpond/events");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var newest = 0.0;
        for (var i = 0; i < 3; i++)
        {
            var message = await NextAsync(reader);
            var at = message.GetProperty("charts")[0].GetProperty("fine").GetProperty("at").EnumerateArray()
                .Select(static one => one.GetDouble()).ToList();
            Assert.Equal("default", message.GetProperty("snapshot").GetProperty("engines")[0].GetProperty("name").GetString());
            Assert.All(at.Skip(1).Zip(at), static pair => Assert.True(pair.First > pair.Second));
            newest = at.Count > 0 ? at[^1] : newest;
        }

        Assert.InRange(newest, 1, double.MaxValue);
    }

    [Fact]
    public async Task A_viewer_beyond_the_limit_is_refused_until_another_leaves()
    {
        await using var site = await PageSite.StartAsync("Development", app => app.MapMillpond());
        var viewers = new Stack<HttpResponseMessage>();
        while (viewers.Count < 100)
        {
            viewers.Push(await site.GetAsync("/millpond/events"));
            if (viewers.Peek().StatusCode != HttpStatusCode.OK)
            {
                break;
            }
        }

        Assert.Equal(17, viewers.Count);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, viewers.Peek().StatusCode);
        Assert.Equal(HttpStatusCode.OK, await site.StatusAsync("/millpond/snapshot.json"));
        while (viewers.TryPop(out var viewer))
        {
            viewer.Dispose();
        }

        HttpStatusCode status;
        do
        {
            status = await site.StatusAsync("/millpond/events");
        }
        while (status != HttpStatusCode.OK && !Token.IsCancellationRequested);
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task A_stream_does_not_delay_the_shutdown()
    {
        var site = await PageSite.StartAsync("Development", app => app.MapMillpond());
        using var response = await site.GetAsync("/millpond/events");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        await NextAsync(reader);

        var stop = site.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHost>().StopAsync(Token);
        while (await reader.ReadLineAsync(Token) is not null)
        {
        }

        await stop.WaitAsync(TimeSpan.FromSeconds(20), Token);   // the host would wait for 30
        await site.DisposeAsync();
    }

    private static async Task<JsonElement> NextAsync(StreamReader reader)
    {
        while (true)
        {
            var line = await reader.ReadLineAsync(Token);
            Assert.NotNull(line);
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return JsonDocument.Parse(line[6..]).RootElement;
            }
        }
    }
}
