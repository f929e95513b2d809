using System.Diagnostics;
using Millpond.Providers;
using Millpond.Telemetry;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>What sessions report about their use of a connection.</summary>
public sealed class SessionTelemetryTests : VirtualTimeTestBase
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task G20_A_commit_a_rollback_and_an_autocommit_session_are_counted_by_their_outcomes()
    {
        var engine = Engine(2, Limit);
        await engine.RunAsync((session, _) => RunAsync(session), Token);
        await using (var rolledBack = engine.OpenSession())
        {
            await RunAsync(rolledBack);
        }

        await engine.RunAsync(
            (session, _) => RunAsync(session), new DbSessionOptions { Mode = SessionMode.Autocommit }, Token);

        AssertOutcomes(engine, committed: 1, rolledBack: 1, unknown: 0, read: 1);
    }

    [Fact]
    public async Task G20_A_commit_whose_answer_is_lost_is_unknown()
    {
        var engine = Engine(1, Limit);
        Provider.Kind = FailureKind.ConnectionLost;
        Provider.At = static step =>
            step == "Commit" ? Task.FromException(new InvalidTimeZoneException()) : Task.CompletedTask;
        await Assert.ThrowsAsync<CommitOutcomeException>(
            () => engine.RunAsync((session, _) => RunAsync(session), Token));

        AssertOutcomes(engine, committed: 0, rolledBack: 0, unknown: 1, read: 0);
        Assert.Equal(1, Assert.Single(engine.GetSnapshot().Operations).Rollbacks);
    }

    [Fact]
    public async Task G20_A_commit_that_fails_is_rolled_back()
    {
        var engine = Engine(1, Limit);
        Provider.At = static step =>
            step == "Commit" ? Task.FromException(new InvalidTimeZoneException()) : Task.CompletedTask;
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => engine.RunAsync((session, _) => RunAsync(session), Token));

        AssertOutcomes(engine, committed: 0, rolledBack: 1, unknown: 0, read: 0);
    }

    [Fact]
    public async Task G20_Held_and_idle_time_of_a_lease_do_not_contain_those_of_the_next()
    {
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        await RunAsync(session);
        Time.Advance(TimeSpan.FromSeconds(3));
        await session.CommitAsync(Token);
        await RunAsync(session);
        Time.Advance(TimeSpan.FromSeconds(1));
        await session.CommitAsync(Token);

        var row = Assert.Single(engine.GetSnapshot().Operations);
        Assert.Equal((2, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(4)), (row.Sessions, row.PoolTime, row.Idle));
        Assert.Equal(TimeSpan.FromSeconds(4), session.Unit.PoolTime);
    }

    [Fact]
    public async Task G20_The_time_of_a_command_is_not_idle()
    {
        var engine = Engine(1, Limit);
        await using var session = engine.OpenSession();
        var slow = new TaskCompletionSource();
        Provider.At = step => step == "Execute" ? slow.Task : Task.CompletedTask;
        var running = RunAsync(session);
        Time.Advance(TimeSpan.FromSeconds(2));
        slow.SetResult();
        await running;
        Time.Advance(TimeSpan.FromSeconds(1));
        await session.CommitAsync(Token);

        var row = Assert.Single(engine.GetSnapshot().Operations);
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1)), (row.PoolTime, row.Idle));
    }

    [Fact]
    public async Task G20_Waits_are_measured_from_the_first_command_to_the_connection()
    {
        Provider.HasIdle = static () => true;
        var engine = Engine(1, Limit);
        var first = engine.OpenSession();
        await RunAsync(first);
        await using var second = engine.OpenSession();
        var waiting = RunAsync(second);
        Time.Advance(TimeSpan.FromSeconds(2));
        await first.DisposeAsync();
        await waiting;

        var snapshot = engine.GetSnapshot();
        Assert.Equal(TimeSpan.Zero, snapshot.WaitP50);
        Assert.InRange(snapshot.WaitP99.TotalSeconds, 2, 2.3);
        Assert.Equal(2, LatencyHistogram.Count(second.Services.Telemetry.Waits.Copy(), []));
    }

    [Fact]
    public async Task G21_Rejected_and_timed_out_sessions_are_counted_by_reason_and_operation()
    {
        Provider.HasIdle = static () => true;
        var engine = Engine(1, Limit, options => options.MaxQueue = 1);
        var holder = engine.OpenSession();
        await RunAsync(holder);
        await using var late = engine.OpenSession();
        var waiting = RunAsync(late);
        await using var rejected = engine.OpenSession();
        await Assert.ThrowsAsync<SessionRejectedException>(() => RunAsync(rejected));
        Time.Advance(Limit);
        await Assert.ThrowsAsync<PoolTimeoutException>(() => waiting);
        await holder.DisposeAsync();
        await engine.DrainAsync(TimeSpan.Zero, Token);
        await using var after = engine.OpenSession();
        await Assert.ThrowsAsync<SessionRejectedException>(() => RunAsync(after));

        var telemetry = holder.Services.Telemetry;
        Assert.Equal(1, telemetry.Rejected(RejectionReason.QueueFull));
        Assert.Equal(1, telemetry.Rejected(RejectionReason.Shutdown));
        Assert.Equal(3, engine.GetSnapshot().Operations.Sum(static row => row.Rejections));
        Assert.Equal(GateEventKind.Rejected, engine.GetBlackBox().Reason);
    }

    [Fact]
    public async Task G20_Retries_are_charged_to_their_operation_with_the_time_of_the_failed_attempts()
    {
        Provider.IsConflict = static error => error is InvalidTimeZoneException;
        var engine = Engine(1, Limit);
        var attempts = 0;
        await InTimeAsync(engine.RunAsync(
            async (session, _) =>
            {
                await RunAsync(session);
                if (attempts++ == 0)
                {
                    Time.Advance(TimeSpan.FromSeconds(1));
                    await ReportAsync(session, new InvalidTimeZoneException());
                }
            },
            new DbSessionOptions { Retries = 1 },
            Token));

        var row = Assert.Single(engine.GetSnapshot().Operations);
        Assert.Equal(1, row.Retries);
        Assert.InRange(row.LostToRetries.TotalSeconds, 1, 1.5);
    }

    [Fact]
    public async Task G20_A_span_has_the_events_of_its_session()
    {
        List<Activity> spans = [];
        using var request = new Activity("request").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Millpond",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == request.TraceId ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        var engine = Engine(1, Limit);
        await engine.RunAsync(
            async (session, _) =>
            {
                await RunAsync(session);
                await RunAsync(session);
            },
            Token);

        var span = Assert.Single(spans);
        Assert.Equal(["queued", "granted", "first_command", "commit"], span.Events.Select(static one => one.Name));
        Assert.Equal(("committed", 2), (span.GetTagItem(MetricNames.Outcome), span.GetTagItem(MetricNames.SessionCommands)));
        Assert.Same(request, Activity.Current);
    }

    private static void AssertOutcomes(DbEngine engine, int committed, int rolledBack, int unknown, int read)
    {
        var telemetry = engine.Services.Telemetry;
        Assert.Equal(
            (committed, rolledBack, unknown, read),
            (telemetry.Ended(SessionOutcome.Committed), telemetry.Ended(SessionOutcome.RolledBack),
                telemetry.Ended(SessionOutcome.Unknown), telemetry.Ended(SessionOutcome.Read)));
    }
}
