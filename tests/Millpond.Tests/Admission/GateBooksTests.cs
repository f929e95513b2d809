using Microsoft.Extensions.Time.Testing;
using Millpond.Admission;
using Xunit;

namespace Millpond.Tests.Admission;

/// <summary>What the gate tells about itself, and what a wait in its queue costs.</summary>
public sealed class GateBooksTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly SessionGate _gate;

    public GateBooksTests() => _gate = new SessionGate("bank", 1, _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _gate.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void G01_A_queue_entry_is_reused(bool withToken)
    {
        using var gate = new SessionGate("bank", 1, TimeProvider.System);   // the fake TimeProvider's timers allocate
        using var patience = new CancellationTokenSource();
        var deadline = Deadline.After(TimeSpan.FromMinutes(5), TimeProvider.System);
        Queue();   // warm
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Queue();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Queue()
        {
            Assert.True(gate.TryEnter(out var held));
            var waiting = gate.EnterAsync(deadline, null, withToken ? patience.Token : default);
            held.Release();
            waiting.GetAwaiter().GetResult().Release();   // it is granted by now
        }
    }

    [Fact]
    public async Task G01_A_release_does_not_run_the_next_callers_code()
    {
        using var released = new ThreadLocal<bool>();
        Assert.True(_gate.TryEnter(out var held));
        var next = GoOnAsync();
        released.Value = true;
        held.Release();
        released.Value = false;
        Assert.False(await next);

        async Task<bool> GoOnAsync()
        {
            (await _gate.EnterAsync(In(60), null, Token).ConfigureAwait(false)).Release();
            return released.Value;
        }
    }

    [Fact]
    public void G01_A_gate_needs_a_permit()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SessionGate("bank", 0, _time));
        Assert.Throws<ArgumentOutOfRangeException>(() => _gate.Resize(0));
    }

    [Fact]
    public void G16_A_closed_gate_grants_no_free_permit()
    {
        Assert.False(_gate.IsClosed);
        _gate.Close();
        Assert.True(_gate.IsClosed);
        Assert.False(_gate.TryEnter(out var none));
        Assert.False(none.IsHeld);
        none.Release();   // there is no permit to release
        Assert.Equal(0, _gate.GetSnapshot().InUse);
    }

    [Fact]
    public async Task G20_Waiters_are_listed_oldest_first_up_to_the_requested_number()
    {
        await EnterAsync("holder");
        _ = EnterAsync("first");
        Pass(2_000);
        _ = EnterAsync("second");
        _ = EnterAsync("third");
        Pass(1_000);
        Assert.Equal(
            [("first", 3.0), ("second", 1.0)],
            _gate.GetWaiters(2).Select(static waiter => ((string)waiter.Caller!, waiter.Waited.TotalSeconds)));
    }

    [Fact]
    public async Task G21_The_resume_lag_of_a_granted_caller_is_reported()
    {
        var held = await EnterAsync("holder");
        var waiting = EnterAsync("waiter");
        Pass(1_000);
        held.Release();
        Pass(300);   // the result is not taken in that time
        await waiting;
        Assert.Equal(TimeSpan.FromMilliseconds(300), _gate.GetSnapshot().ResumeLag);
        Assert.Equal(TimeSpan.FromMilliseconds(300), _gate.Report(default).Wait.ResumeLag);
        Pass(5_001);
        Assert.Equal(TimeSpan.Zero, _gate.GetSnapshot().ResumeLag);
    }

    [Fact]
    public async Task G21_A_caller_that_left_before_its_grant_does_not_count_as_late()
    {
        await EnterAsync("holder");
        using var patience = new CancellationTokenSource();
        var leaving = _gate.EnterAsync(In(60), null, patience.Token);
        await patience.CancelAsync();
        Pass(300);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.AsTask());
        Assert.Equal(TimeSpan.Zero, _gate.GetSnapshot().ResumeLag);
    }

    [Fact]
    public async Task G21_A_late_timer_is_reported_to_the_callers_it_delayed()
    {
        await EnterAsync("holder");
        var waiting = _gate.EnterAsync(In(1), null, Token).AsTask();
        Pass(1_400);   // in one step, as if nothing had run meanwhile
        var error = await Assert.ThrowsAsync<PoolTimeoutException>(() => waiting);
        Assert.Equal(_gate.GetSnapshot().ResumeLag, error.Report.Wait.ResumeLag);
        Assert.Equal(error.Report.Wait.Queue - TimeSpan.FromSeconds(1), error.Report.Wait.ResumeLag);
    }

    [Fact]
    public void G20_A_report_names_the_pool_its_resource_and_its_holders()
    {
        using var gate = new SessionGate("bank (writer)", 1, _time)
        {
            EngineName = "bank",
            Grants = "write permit",
            CanGrow = false,
            Holders = static () => [new HolderShare { Operation = "POST /transfers", Count = 1 }],
        };
        var report = gate.Report(new PoolWait { Open = TimeSpan.FromSeconds(2) });
        Assert.Equal(
            ("bank (writer)", "write permit", false, "POST /transfers", 2.0, 1),
            (report.Snapshot.Name, report.Grants, report.CanGrow, report.Holders[0].Operation, report.Wait.Open.TotalSeconds,
                report.Gate.Permits));
        var after = report.After(new PoolWait { Queue = TimeSpan.FromSeconds(3) });
        Assert.Equal(
            ("bank (writer)", "write permit", false, 1, 3.0, 1),
            (after.Snapshot.Name, after.Grants, after.CanGrow, after.Holders.Count, after.Wait.Queue.TotalSeconds,
                after.Gate.Permits));
        Assert.Equal(("bank", "bank", "connection", true), (gate.EngineName, _gate.EngineName, _gate.Grants, _gate.CanGrow));
    }

    [Fact]
    public async Task G01_A_smaller_gate_withdraws_permits_as_they_are_released_and_a_larger_one_grants_immediately()
    {
        _gate.Resize(3);
        Permit[] held = [await EnterAsync("a"), await EnterAsync("b"), await EnterAsync("c")];
        var waiting = EnterAsync("d");
        _gate.Resize(1);
        Assert.Equal((1, 3, 1), Numbers());
        held[0].Release();
        held[1].Release();
        Assert.Equal((1, 1, 1), Numbers());
        _gate.Resize(2);
        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.Equal((2, 2, 0), Numbers());
        _gate.Resize(1);
        _gate.Resize(4);
        Assert.Equal((4, 2, 0), Numbers());
        Assert.True(_gate.TryEnter(out _));
        Assert.True(_gate.TryEnter(out _));
        Assert.False(_gate.TryEnter(out _));
        _gate.Resize(1);
        (await waiting).Release();
        held[2].Release();
        Assert.Equal((1, 2, 0), Numbers());

        (int, int, int) Numbers() =>
            (_gate.GetSnapshot().Permits, _gate.GetSnapshot().InUse, _gate.GetSnapshot().Waiting);
    }

    [Fact]
    public void G02_The_earlier_of_two_deadlines_counts_with_its_own_limit()
    {
        var pool = Deadline.After(TimeSpan.FromSeconds(30), _time);
        var session = Deadline.After(TimeSpan.FromSeconds(10), _time, coversHold: true);
        Pass(4_000);
        var both = pool.Within(session);
        Assert.Equal((6.0, 6.0, true), (both.Left.TotalSeconds, both.Limit.TotalSeconds, both.CoversHold));
        Assert.Equal((6.0, 10.0, true), Facts(session.Within(pool)));
        Assert.Equal((26.0, 30.0, false), Facts(pool.Within(pool)));
        Pass(7_000);
        Assert.Equal(TimeSpan.Zero, session.Left);

        static (double, double, bool) Facts(Deadline deadline) =>
            (deadline.Left.TotalSeconds, deadline.Limit.TotalSeconds, deadline.CoversHold);
    }

    private ValueTask<Permit> EnterAsync(string caller) => _gate.EnterAsync(In(60), caller, Token);

    private Deadline In(int seconds) => Deadline.After(TimeSpan.FromSeconds(seconds), _time);

    private void Pass(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
