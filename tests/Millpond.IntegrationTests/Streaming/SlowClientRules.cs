using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Millpond.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

/// <summary>Clients who do not take what is streamed to them, or leave in the middle of it (S09).</summary>
public abstract class SlowClientRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S09_A_client_that_stalls_a_reader_is_cut_off()
    {
        await Database.ExecuteAsync(GoodInsert);
        var site = await StartAsync(new SitePlan
        {
            Map = static app => app.MapGet("/", (DbSession session, CancellationToken token) =>
                Streams.EndlessAsync(session, token)),
            Requests = static options => options.StallTimeout = TimeSpan.FromMilliseconds(500),
        });

        using var socket = await RawSocket.SendAsync(site.Address, "GET", "/", Token, receiveBuffer: 4 * 1024);
        await UntilAsync(() => site.Engine.GetSnapshot().InUse == 1, "it was read");
        await NothingHeldAsync(site.Engine);

        Assert.Contains(
            site.Log.Of(LogLevel.Warning),
            static line => line.StartsWith(
                "The client of GET / took nothing of the response for 0.5 s while a reader was open", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S09_Clients_that_hang_up_in_the_middle_of_a_stream_leave_nothing_behind()
    {
        await Database.ExecuteAsync(GoodInsert);
        var site = await StartAsync(static app =>
        {
            app.MapGet("/rows", (DbSession session, CancellationToken token) => Streams.EndlessAsync(session, token));
            app.MapGet("/events", (DbSession session, CancellationToken token) =>
                TypedResults.ServerSentEvents(Streams.EveryAsync(session, TimeSpan.Zero, token)));
        });

        await Task.WhenAll(Enumerable.Range(0, 60).Select(async client =>
        {
            var dice = new Random(client);
            using var socket = await RawSocket.SendAsync(site.Address, "GET", client % 2 == 0 ? "/rows" : "/events", Token);
            for (var reads = dice.Next(4); reads > 0 && (await socket.ReadSomeAsync(Token)).Length > 0; reads--)
            {
                await Task.Delay(dice.Next(20), Token);
            }

            socket.HangUp();
        }));

        await NothingHeldAsync(site.Engine);
        var text = await site.Client.GetStreamAsync("/events", Token);
        await text.ReadExactlyAsync(new byte[8], Token);
        await text.DisposeAsync();
        Assert.Empty(site.Log.Of(LogLevel.Error));
    }

    [Fact]
    public async Task S09_A_client_that_stalls_nobody_has_all_the_time_it_wants()
    {
        const int Bytes = 16 * 1024 * 1024;
        var site = await StartAsync(new SitePlan
        {
            Map = static app => app.MapGet("/", static async (HttpContext context, DbSession session, CancellationToken token) =>
            {
                await session.ScalarAsync(Streams.Count, token);
                for (var i = 0; i < 16; i++)
                {
                    await context.Response.Body.WriteAsync(new byte[Bytes / 16], token);
                }
            }),
            Requests = static options => options.StallTimeout = TimeSpan.FromMilliseconds(100),
        });

        using var socket = await RawSocket.SendAsync(site.Address, "GET", "/", Token, receiveBuffer: 4 * 1024);
        await Task.Delay(1_000, Token);   // ten times the limit
        var answer = await socket.ReadToEndAsync(Token);

        Assert.InRange(answer.Length, Bytes, Bytes + 10_000);
    }
}
