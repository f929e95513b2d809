using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Millpond.IntegrationTests.Requests;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlDepartureTests(PostgreSqlRequestDatabase database)
    : DepartureRules(database), IClassFixture<PostgreSqlRequestDatabase>
{
    private const int CommitGate = 4711;

    protected override string EndlessQuery => "select pg_sleep(600)";

    [Fact]
    public async Task S02_No_byte_is_sent_while_the_commit_is_in_progress()
    {
        var (site, gate) = await StartBehindGateAsync();
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);
        await UntilAsync(IsCommittingAsync, "the commit waited at the gate");

        var (bytes, rows) = (socket.Available, await CountAsync("users"));
        gate.SetResult();
        var answer = await socket.ReadToEndAsync(Token);

        Assert.Equal((0, 0), (bytes, rows));
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync("users"));
    }

    [Fact]
    public async Task S07_A_disconnect_during_the_commit_does_not_cancel_it()
    {
        var (site, gate) = await StartBehindGateAsync();
        using var socket = await RawSocket.SendAsync(site.Address, "POST", "/", Token);
        await UntilAsync(IsCommittingAsync, "the commit waited at the gate");

        socket.HangUp();
        await UntilAsync(() => Aborted, "the server noticed that the client had left");
        Assert.True(await IsCommittingAsync());
        gate.SetResult();

        await NothingHeldAsync(site.Engine);
        Assert.Equal((1, 1L), (await CountAsync("users"), site.Engine.GetSnapshot().Commits));
    }

    [Fact]
    public async Task G14_A_thousand_simultaneous_disconnects_cost_a_few_cancellations_and_block_nobody()
    {
        var site = await StartAsync(
            app =>
            {
                app.MapGet("/", (HttpContext context, DbSession session) =>
                    session.ScalarAsync(EndlessQuery, context.RequestAborted));
                app.MapGet("/alive", () => "yes");
            },
            static options => options.QueueTarget = Timeout.InfiniteTimeSpan);
        var sockets = await Task.WhenAll(
            Enumerable.Range(0, 1_000).Select(_ => RawSocket.SendAsync(site.Address, "GET", "/", Token)));
        await UntilAsync(
            () => site.Engine.GetSnapshot() is { InUse: 5, Waiting: 995 }, "five had a connection and the others waited");
        while (await CountActiveAsync("select pg_sleep%") < 5)
        {
            await Task.Delay(10, Token);   // who has a connection may not have sent its statement yet
        }

        Assert.Equal("yes", await site.Client.GetStringAsync("/alive", Token));

        var clock = Stopwatch.StartNew();
        Array.ForEach(sockets, static socket => socket.HangUp());
        Assert.Equal("yes", await site.Client.GetStringAsync("/alive", Token));
        var answered = clock.Elapsed;
        await NothingHeldAsync(site.Engine);

        Assert.True(answered < TimeSpan.FromSeconds(3), $"Somebody else was answered after {answered}.");
        Assert.InRange(site.Engine.GetSnapshot().Cancellations, 1, 20);   // at most each of the five, and again at its end
        Assert.False(await IsRunningAsync(site));
    }

    private bool Aborted { get; set; }

    protected override Task<bool> IsRunningAsync(TestSite site) => IsActiveAsync("select pg_sleep%");

    private Task<bool> IsCommittingAsync() => IsActiveAsync("commit%");

    private async Task<bool> IsActiveAsync(string text) => await CountActiveAsync(text) > 0;

    private async Task<long> CountActiveAsync(string text) => await Database.ScalarAsync(
        $"""
        select count(*) from pg_stat_activity
        where datname = current_database() and state = 'active' and query ilike '{text}'
        """);

    /// <summary>
    /// Starts a site whose commits wait until the test lets them through: a deferred trigger wants a lock that it holds.
    /// </summary>
    private async Task<(TestSite Site, TaskCompletionSource Gate)> StartBehindGateAsync()
    {
        await Database.ExecuteAsync(
            $"""
            create or replace function wait_at_gate() returns trigger language plpgsql as
                $$ begin perform pg_advisory_xact_lock({CommitGate}); return null; end $$;
            drop trigger if exists gate on users;
            create constraint trigger gate after insert on users deferrable initially deferred
                for each row execute function wait_at_gate();
            """);
        var (open, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        var guard = Database.Observer.RunAsync(
            async (session, token) =>
            {
                await session.RunAsync($"select pg_advisory_xact_lock({CommitGate})", token);
                open.SetResult();
                await gate.Task.WaitAsync(token);
            },
            cancellationToken: Token);
        await open.Task;
        Assert.False(guard.IsCompleted);
        var site = await StartAsync(app => app.MapPost("/", async (HttpContext context, DbSession session) =>
        {
            context.RequestAborted.Register(() => Aborted = true);
            await session.RunAsync(GoodInsert);
            return Results.StatusCode((int)HttpStatusCode.OK);
        }));
        return (site, gate);
    }
}
