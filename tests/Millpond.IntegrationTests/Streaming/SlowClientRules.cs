using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Streaming;

/// <summary>Clients who do not take what is streamed to them, or leave in the middle of it (S09).</summary>
public abstract class SlowClientRules(RequestDatabase database) : RequestTestBase(database)
{
    [Fact]
    public async Task S09_A_stalled_client_is_aborted_only_if_another_session_waits_for_its_connection()
    {
        await Database.ExecuteAsync(GoodInsert);
        var site = await StartAsync(new SitePlan
        {
            Map = static app =>
            {
                app.MapGet("/", (DbSession session, CancellationToken token) => Streams.EndlessAsync(session, token));
                app.MapGet("/count", (DbSession session) => session.ScalarAsync(Streams.Count));
            },
            Requests = static options => options.StallTimeout = TimeSpan.FromMilliseconds(100),
            Engine = static options => options.PoolSize = 1,
        });

        using var socket = await RawSocket.SendAsync(site.Address, "GET", "/", Token, receiveBuffer: 4 * 1024);
        await UntilAsync(() => site.Engine.GetSnapshot().InUse == 1, "it was read");
        await Task.Delay(400, Token);   // four times the limit
        Assert.Equal(1, site.Engine.GetSnapshot().InUse);
        Assert.Equal("1", await site.Client.GetStringAsync("/count", Token));

        await NothingHeldAsync(site.Engine);
        Assert.Contains(
            site.Log.Of(LogLevel.Warning),
            static line => line.StartsWith(
                "The client of GET / accepted less than 16384 bytes in 0.1 s while other sessions waited for its connection",
                StringComparison.Ordinal));
    }

    [Fact]
    public async Task S09_A_client_that_accepts_no_byte_is_aborted_at_the_first_flush()
    {
        await Database.ExecuteAsync(GoodInsert);
        var site = await StartAsync(new SitePlan
        {
            Protocols = HttpProtocols.Http2,
            Map = static app => app.MapGet("/", static async (HttpContext context, DbSession session, CancellationToken token) =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = "select name from users";
                await using var rows = await command.ExecuteReaderAsync(token);
                await context.Response.Body.WriteAsync(new byte[60_000], token);   // it is held back
                await context.Response.Body.FlushAsync(token);
            }),
            Requests = static options => options.StallTimeout = TimeSpan.FromMilliseconds(200),
            Engine = static options => options.PoolSize = 1,
        });

        using var client = await ClosedWindow.GetAsync(site.Address, "/", Token);
        await UntilAsync(() => site.Engine.GetSnapshot().InUse == 1, "it was read");
        await site.Engine.RunAsync((session, token) => session.ScalarAsync(Streams.Count, token), cancellationToken: Token);

        Assert.Contains(site.Log.Of(LogLevel.Warning), static line => line.StartsWith("The client of GET / accepted", default));
    }

    [Fact]
    public async Task S09_A_slow_but_steady_client_is_not_aborted_however_much_is_written_at_once()
    {
        const int Bytes = 18 * 1024 * 1024;
        await Database.ExecuteAsync(GoodInsert);
        var site = await StartAsync(new SitePlan
        {
            Map = static app => app.MapGet("/", static async (HttpContext context, DbSession session, CancellationToken token) =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = "select name from users";
                await using var rows = await command.ExecuteReaderAsync(token);
                await context.Response.Body.WriteAsync(new byte[Bytes / 2], token);
                await context.Response.BodyWriter.WriteAsync(new byte[Bytes / 2], token);
            }),
            Requests = static options => options.StallTimeout = TimeSpan.FromSeconds(1.5),
        });

        using var socket = await RawSocket.SendAsync(site.Address, "GET", "/", Token, receiveBuffer: 64 * 1024);
        var taken = 0L;
        var began = Stopwatch.GetTimestamp();
        for (string some; (some = await socket.ReadSomeAsync(Token)).Length > 0; taken += some.Length)
        {
            await Task.Delay(4, Token);
        }

        Assert.InRange(taken, Bytes, Bytes + 60_000);
        Assert.True(Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(3.75), "It was no slow client.");
    }

    [Fact]
    public async Task S09_Clients_that_disconnect_during_a_stream_leak_nothing()
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
    public async Task S09_A_stalled_client_that_blocks_nobody_is_not_aborted()
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
