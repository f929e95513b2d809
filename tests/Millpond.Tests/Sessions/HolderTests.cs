using System.Diagnostics;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>Who holds what, and for how long.</summary>
public sealed class HolderTests : VirtualTimeTestBase
{
    [Fact]
    public async Task G20_A_holder_is_described_with_its_operation_its_activity_and_its_times()
    {
        var engine = Engine();
        var session = engine.OpenSession(member: "Load", file: "/src/Reports.cs", line: 42);
        Assert.Empty(engine.GetSnapshot().Holders);

        await RunAsync(session, "select 1");
        Time.Advance(TimeSpan.FromSeconds(3));
        var gate = new TaskCompletionSource();
        Provider.At = step => step == "Execute" ? gate.Task : Task.CompletedTask;
        var running = RunAsync(session, "select\n    name from users -- slow");
        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(
            new HolderSnapshot
            {
                SessionId = session.Id,
                Operation = "Load (Reports.cs:42)",
                CallSite = "Load (Reports.cs:42)",
                AcquiredAt = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero),
                Held = TimeSpan.FromSeconds(4),
                IsExecuting = true,
                TimeInState = TimeSpan.FromSeconds(1),
                Busy = TimeSpan.FromSeconds(1),
                Idle = TimeSpan.FromSeconds(3),
                CommandCount = 2,
                LastCommand = "select name from users -- slow",
            },
            Assert.Single(engine.GetSnapshot().Holders));

        gate.SetResult();
        await running;
        Time.Advance(TimeSpan.FromSeconds(2));
        var idle = Assert.Single(engine.GetSnapshot().Holders);
        Assert.False(idle.IsExecuting);
        Assert.Equal((2d, 1d), (idle.TimeInState.TotalSeconds, idle.Busy.TotalSeconds));
        Assert.Equal((5d, 6d), (idle.Idle.TotalSeconds, idle.Held.TotalSeconds));

        await session.CommitAsync(Token);
        Assert.Empty(engine.GetSnapshot().Holders);
    }

    [Fact]
    public async Task G20_The_statistics_restart_with_each_lease()
    {
        var engine = Engine();
        var session = engine.OpenSession();
        await RunAsync(session, "select 1");
        Time.Advance(TimeSpan.FromSeconds(9));
        await session.CommitAsync(Token);
        Time.Advance(TimeSpan.FromSeconds(9));
        await RunAsync(session, "select 2");
        Time.Advance(TimeSpan.FromSeconds(1));

        var holder = Assert.Single(engine.GetSnapshot().Holders);
        Assert.Equal((1, 1d, 1d), (holder.CommandCount, holder.Held.TotalSeconds, holder.Idle.TotalSeconds));
    }

    [Fact]
    public async Task G20_Waiting_for_the_connection_counts_neither_as_held_nor_as_busy()
    {
        var engine = Engine(options => options.PoolSize = 1);
        var first = engine.OpenSession();
        await RunAsync(first, "select 1");
        var second = engine.OpenSession();
        var waiting = RunAsync(second, "select 2");
        Time.Advance(TimeSpan.FromSeconds(1));
        await first.CommitAsync(Token);
        await waiting;
        Time.Advance(TimeSpan.FromSeconds(1));

        var holder = Assert.Single(engine.GetSnapshot().Holders);
        Assert.Equal(
            (second.Id, 1d, 0d, 1d),
            (holder.SessionId, holder.Held.TotalSeconds, holder.Busy.TotalSeconds, holder.Idle.TotalSeconds));
    }

    [Fact]
    public async Task G20_A_holder_names_its_trace()
    {
        var engine = Engine();
        using var activity = new Activity("GET /reports").Start();
        var session = engine.OpenSession();
        await RunAsync(session, "select 1");
        Assert.Equal(activity.TraceId.ToHexString(), Assert.Single(engine.GetSnapshot().Holders).TraceId);
    }

    [Fact]
    public async Task G20_Stacks_are_captured_only_on_request()
    {
        foreach (var armed in (bool[])[false, true])
        {
            var engine = Engine(options => options.CaptureStacks = armed);
            var session = engine.OpenSession();
            var gate = new TaskCompletionSource();
            Provider.At = step => step == "Execute" ? gate.Task : Task.CompletedTask;
            var running = RunAsync(session, "select 1");
            var stack = Assert.Single(engine.GetSnapshot().Holders).StackTrace;
            Assert.Equal(armed, stack?.Contains(nameof(HolderTests), StringComparison.Ordinal) ?? false);

            // S10: a concurrent caller sees the first stack too.
            var error = await Assert.ThrowsAsync<SessionConcurrencyException>(() => RunAsync(session, "select 2"));
            Assert.Equal(stack, error.RunningStackTrace);
            gate.SetResult();
            await running;
        }
    }

    [Fact]
    public async Task G20_Waiters_are_listed_in_order()
    {
        var engine = Engine(options => options.PoolSize = 1);
        var holder = engine.OpenSession();
        await RunAsync(holder, "select 1");
        var first = engine.OpenSession(member: "First", file: "A.cs", line: 1);
        var second = engine.OpenSession(member: "Second", file: "B.cs", line: 2);
        var one = RunAsync(first, "select 1");
        Time.Advance(TimeSpan.FromSeconds(1));
        var two = RunAsync(second, "select 1");

        Assert.Equal(
            [
                new WaiterSnapshot { SessionId = first.Id, Operation = "First (A.cs:1)", Waited = TimeSpan.FromSeconds(1) },
                new WaiterSnapshot { SessionId = second.Id, Operation = "Second (B.cs:2)" },
            ],
            engine.GetSnapshot().Waiters);

        await holder.CommitAsync(Token);
        await one;
        await first.CommitAsync(Token);
        await two;
        Assert.Empty(engine.GetSnapshot().Waiters);
    }

    private DbEngine Engine(Action<EngineOptions>? configure = null) => Engine(2, TimeSpan.FromSeconds(60), configure);
}
