using Millpond.AspNetCore.LivePage;
using Millpond.AspNetCore.LivePage.Json;
using Xunit;

namespace Millpond.Tests.LivePage;

public sealed class VerdictTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly EngineSnapshot Full = new()
    {
        Name = "shop", Provider = "PostgreSQL", Server = "db:5432/shop",
        PoolSize = 2, Permits = 2, InUse = 2, Holders = [default, default],
        Waiting = 37, OldestWait = TimeSpan.FromSeconds(4.8),
    };

    private static readonly RecentLoad Calm = new()
    {
        SessionsPerSecond = 120, WaitP99 = TimeSpan.FromMilliseconds(0.3), Costs = [new("GET /a", 1, 0.1, 0, 1200, 0.1)],
    };

    private static readonly RecentLoad HeldIdle = new()
    {
        SessionsPerSecond = 5,
        Costs = [new("POST /checkout", 0.8, 0.75, 2, 16_000, 300), new("GET /a", 0.2, 0, 0, 4_000, 0)],
    };

    [Fact]
    public void A_saturated_pool_names_who_holds_it_and_what_to_do()
    {
        var verdict = Verdict.Of(Full, HeldIdle, Now);

        Assert.Equal(
            new LiveVerdict(
                "saturated",
                "critical",
                "Saturated: 2 of 2 connections in use, 37 waiting (the first for 4.8 s). 60\u00A0% of pool time is held idle. " +
                "POST /checkout takes 80\u00A0% of pool time, 75\u00A0% of that idle.",
                "Release the session of POST /checkout before the slow work: it holds a connection while it runs no statement.",
                "37 in the queue, the first for 4.8 s; no connection being opened; the thread pool adds up to 0 ms. " +
                "Connections were executing 40\u00A0% of the time, held idle 60\u00A0%."),
            verdict);
    }

    [Fact]
    public void If_statements_fill_the_pool_the_remedy_is_faster_statements_or_more_connections()
    {
        var busy = HeldIdle with { Costs = [new("GET /reports", 1, 0.02, 2, 20_000, 4)] };

        Assert.Equal(
            "No session holds its connection for slow work: make the statements of GET /reports faster, or " +
            "raise PoolSize if the database has capacity.",
            Verdict.Of(Full, busy, Now).Remedy);
        Assert.Equal(
            "No session holds its connection for slow work: make the statements of GET /reports faster. The " +
            "load of the last hour needs 8 connections: raise PoolSize.",
            Verdict.Of(Full with { Advice = PoolAdvice.For(40, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(50)) },
                busy, Now).Remedy);
    }

    [Fact]
    public void Short_pauses_between_statements_are_not_blamed()
    {
        var busy = HeldIdle with { Costs = [new("POST /transfers", 1, 0.6, 2, 20_000, 0.7)] };

        Assert.StartsWith("No session holds its connection for slow work", Verdict.Of(Full, busy, Now).Remedy);
    }

    [Fact]
    public void Each_state_has_its_sentence()
    {
        var free = Full with { InUse = 1, Holders = [default], Waiting = 0, OldestWait = TimeSpan.Zero };

        Assert.Equal(
            ("healthy", "ok", "Healthy: 1 of 2 connections in use, nobody waits. 120 sessions per second got " +
                "theirs within 0.3 ms."),
            Said(free, Calm));
        Assert.Equal(
            ("idle", "ok", "Idle: none of 2 connections in use during the last 10 s."),
            Said(free with { InUse = 0, Holders = [] }, new RecentLoad()));
        Assert.Equal(
            ("busy", "warning", "Busy: 2 of 2 connections in use, nobody waits. 10\u00A0% of pool time is held idle. " +
                "GET /a takes 100\u00A0% of pool time, 10\u00A0% of that idle."),
            Said(Full with { Waiting = 0, OldestWait = default }, Calm));
        Assert.Equal(
            ("starved", "critical", "Thread pool starved: sessions resume up to 840 ms after their grant; 1 of " +
                "2 connections in use."),
            Said(free with { ResumeLag = TimeSpan.FromMilliseconds(840) }, Calm));
        Assert.Equal(
            ("down", "critical", "Database down: db:5432/shop has been unreachable for 12 s."),
            Said(free with { DownSince = Now.AddSeconds(-12) }, Calm));
        Assert.Equal(
            ("stopping", "warning", "Shutting down: 1 session left to finish."), Said(free with { IsDraining = true }, Calm));
        Assert.StartsWith(
            "Overloaded: 2 of 2 connections in use, 37 waiting (the first for 4.8 s); 12 per second are refused. ",
            Said(Full with { IsOverloaded = true }, HeldIdle with { RejectedPerSecond = 12 }).Text);
        Assert.StartsWith(
            "Writes queue: 12 sessions wait for the write permit, the first for 2.0 s; 1 of 2 connections in use. ",
            Said(
                free with
                {
                    WaitingToWrite = 12,
                    Waiters = [new WaiterSnapshot { WaitsToWrite = true, Waited = TimeSpan.FromSeconds(2) }],
                },
                Calm).Text);
    }

    [Fact]
    public void A_queue_of_a_few_milliseconds_is_no_alarm()
    {
        var brief = Full with { Waiting = 1, OldestWait = TimeSpan.FromMilliseconds(3) };

        Assert.Equal("busy", Verdict.Of(brief, Calm, Now).State);
        Assert.Equal("saturated", Verdict.Of(brief, Calm with { Queued = 0.8 }, Now).State);
    }

    private static (string State, string Severity, string Text) Said(EngineSnapshot engine, RecentLoad recent)
    {
        var verdict = Verdict.Of(engine, recent, Now);
        return (verdict.State, verdict.Severity, verdict.Text);
    }
}
