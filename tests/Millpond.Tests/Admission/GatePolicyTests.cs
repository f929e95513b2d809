using Microsoft.Extensions.Time.Testing;
using Millpond.Admission;
using Xunit;

namespace Millpond.Tests.Admission;

/// <summary>What the gate asks its policy and tells it, and that it does what the policy says.</summary>
public sealed class GatePolicyTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private ScriptedPolicy _policy = new();
    private SessionGate _gate;
    private int _reports;

    public GatePolicyTests() => _gate = Gate();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task G03_A_rejected_caller_leaves_no_trace_in_the_queue()
    {
        var held = await EnterAsync();
        Pass(40);
        held.HeldFrom(_time.GetTimestamp() - Milliseconds(40)).Release();
        held = await EnterAsync();
        Pass(10);
        (_policy.Verdict, _policy.Limit) = (ArrivalVerdict.TooLong, TimeSpan.FromMilliseconds(20));
        var error = await Assert.ThrowsAsync<SessionRejectedException>(() => EnterAsync().AsTask());
        Assert.Contains(
            "immediately, because it would have waited about 0.04 s and may wait at most 0.02 s", error.Message,
            StringComparison.Ordinal);
        Assert.Equal((0, 1L, 0L), (Snapshot.Waiting, Snapshot.Rejected, Snapshot.TimedOut));
        Assert.Equal(TimeSpan.FromMilliseconds(40), error.RetryAfter);
        held.Release();
        Assert.True(_gate.TryEnter(out _));
    }

    [Fact]
    public async Task G03_A_caller_that_finds_the_queue_full_is_rejected_immediately()
    {
        await EnterAsync();
        _policy.Verdict = ArrivalVerdict.QueueFull;
        var error = await Assert.ThrowsAsync<SessionRejectedException>(() => EnterAsync().AsTask());
        Assert.Contains("because MaxQueue sessions are already waiting", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 1L), (Snapshot.Waiting, Snapshot.Rejected));
    }

    [Fact]
    public async Task G04_A_caller_that_replaces_the_oldest_waits_and_the_oldest_is_rejected()
    {
        var held = await EnterAsync();
        var oldest = EnterAsync().AsTask();
        Pass(30);
        var second = EnterAsync();
        _policy.Verdict = ArrivalVerdict.QueueForOldest;
        Pass(5);
        var newest = EnterAsync();
        var error = await Assert.ThrowsAsync<SessionRejectedException>(() => oldest);
        Assert.Contains("after 0.035 s, because the pool is overloaded", error.Message, StringComparison.Ordinal);
        Assert.Equal((2, 1L, false, false), (Snapshot.Waiting, Snapshot.Rejected, second.IsCompleted, newest.IsCompleted));
        held.Release();
        (await second).Release();
        await newest;
    }

    [Fact]
    public async Task G04_The_waiter_that_the_policy_picks_is_served_and_the_policy_is_notified()
    {
        var held = await EnterAsync();
        var older = EnterAsync().AsTask();
        Pass(30);
        var newer = EnterAsync().AsTask();
        Pass(5);
        _policy.NewestFirst = true;
        Assert.True(Snapshot.IsOverloaded);
        held.Release();
        var permit = await newer;
        Assert.Equal(TimeSpan.FromMilliseconds(5), permit.Waited);
        permit.Release();
        Assert.Equal(TimeSpan.FromMilliseconds(35), (await older).Waited);
        Assert.Equal([(TimeSpan.FromMilliseconds(5), 1), (TimeSpan.FromMilliseconds(35), 0)], _policy.WereServed);
    }

    [Fact]
    public async Task G04_The_policy_is_notified_of_waiters_that_give_up_but_not_of_others()
    {
        var held = await EnterAsync();
        using var patience = new CancellationTokenSource();
        var leaving = _gate.EnterAsync(In(60_000), null, patience.Token).AsTask();
        var late = _gate.EnterAsync(In(20), null, Token).AsTask();
        using var kept = new CancellationTokenSource();
        var staying = _gate.EnterAsync(In(60_000), null, kept.Token).AsTask();
        Pass(20);
        await Assert.ThrowsAsync<PoolTimeoutException>(() => late);
        Pass(10);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.Equal([(TimeSpan.FromMilliseconds(30), 1)], _policy.LeftEarly);
        held.Release();
        await staying;
        await kept.CancelAsync();   // too late to leave the queue
        Assert.Single(_policy.LeftEarly);
    }

    [Fact]
    public async Task G04_A_release_rejects_as_many_of_the_oldest_as_the_policy_says()
    {
        var held = await EnterAsync();
        _policy.NewestFirst = true;
        var waiters = Enumerable.Range(0, 4).Select(_ => EnterAsync().AsTask()).ToArray();
        _policy.Drops = 2;
        held.Release();
        await waiters[3];
        await Assert.ThrowsAsync<SessionRejectedException>(() => waiters[0]);
        await Assert.ThrowsAsync<SessionRejectedException>(() => waiters[1]);
        Assert.Equal((1, 2L), (Snapshot.Waiting, Snapshot.Rejected));
    }

    [Fact]
    public async Task G04_The_policy_is_called_at_every_tick_while_callers_wait_and_not_otherwise()
    {
        Use(new ScriptedPolicy(TimeSpan.FromMilliseconds(10)));
        var held = await EnterAsync();
        Pass(100);
        Assert.Equal(0, _policy.Asked);
        var waiter = EnterAsync().AsTask();
        Pass(9);
        Assert.Equal(0, _policy.Asked);
        Pass(1);
        Assert.Equal(1, _policy.Asked);
        Pass(10);
        Assert.Equal(2, _policy.Asked);
        _policy.Drops = 1;
        Pass(10);
        await Assert.ThrowsAsync<SessionRejectedException>(() => waiter);
        Pass(100);
        Assert.Equal(3, _policy.Asked);

        _ = EnterAsync();   // restarts the queue
        Pass(10);
        Assert.Equal(4, _policy.Asked);
        held.Release();
    }

    [Fact]
    public async Task G02_Deadlines_are_met_beside_the_policys_ticks()
    {
        Use(new ScriptedPolicy(TimeSpan.FromMilliseconds(10)));
        await EnterAsync();
        var patient = EnterAsync();
        var hurried = _gate.EnterAsync(In(34), null, Token);
        Pass(33);
        Assert.False(hurried.IsCompleted);
        Pass(7);   // the tick after it
        await Assert.ThrowsAsync<PoolTimeoutException>(() => hurried.AsTask());
        Assert.Equal((1, 1L, 0L, false), (Snapshot.Waiting, Snapshot.TimedOut, Snapshot.Rejected, patient.IsCompleted));
    }

    [Fact]
    public async Task G03_The_policy_sees_the_gates_load()
    {
        await EnterAsync();
        var hold = await EnterAfterResizeAsync();
        Pass(20);
        hold.HeldFrom(_time.GetTimestamp() - Milliseconds(20)).Release();
        await EnterAsync();
        _ = EnterAsync();
        Assert.Equal((2, 0, TimeSpan.Zero, true), Seen());
        Pass(15);
        _ = EnterAsync();
        Assert.Equal((2, 1, TimeSpan.FromMilliseconds(15), true), Seen());
        Assert.Equal(TimeSpan.FromMilliseconds(20), _policy.AtArrival.Hold);
        Assert.Equal(TimeSpan.FromMilliseconds(20), _policy.AtArrival.ExpectedWait);
        Pass(15);
        Assert.Equal((2, 2, TimeSpan.FromMilliseconds(30)), (Snapshot.InUse, Snapshot.Waiting, Snapshot.OldestWait));
        Assert.Equal(TimeSpan.FromMilliseconds(30), Snapshot.RecentHold);   // none was released in that time

        (int, int, TimeSpan, bool) Seen() => (
            _policy.AtArrival.Permits, _policy.AtArrival.Waiting, _policy.AtArrival.OldestWait, _policy.AtArrival.KnowsHold);
    }

    [Fact]
    public async Task G03_The_expected_wait_is_unknown_before_the_first_release()
    {
        await EnterAsync();
        Pass(50);
        _ = EnterAsync();
        Assert.Equal((false, TimeSpan.Zero), (_policy.AtArrival.KnowsHold, _policy.AtArrival.ExpectedWait));
        Assert.Equal(TimeSpan.Zero, Snapshot.RecentHold);
    }

    [Fact]
    public async Task G21_Callers_rejected_together_get_the_same_list_of_holders()
    {
        await EnterAsync();
        _policy.Verdict = ArrivalVerdict.QueueFull;
        await RefuseAsync();
        Pass(100);
        await RefuseAsync();
        Assert.Equal(1, _reports);
        Pass(1);
        await RefuseAsync();
        Assert.Equal(2, _reports);
        Pass(100);
        await RefuseAsync();
        Assert.Equal(2, _reports);

        Task RefuseAsync() => Assert.ThrowsAsync<SessionRejectedException>(() => EnterAsync().AsTask());
    }

    private async Task<Permit> EnterAfterResizeAsync()
    {
        _gate.Resize(2);
        return await EnterAsync();
    }

    private GateSnapshot Snapshot => _gate.GetSnapshot();

    private ValueTask<Permit> EnterAsync() => _gate.EnterAsync(In(60_000), null, Token);

    private Deadline In(int milliseconds) => Deadline.After(TimeSpan.FromMilliseconds(milliseconds), _time);

    private void Pass(int milliseconds)
    {
        for (; milliseconds > 0; milliseconds--)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));   // in small steps, because a timer fires when it is due
        }
    }

    private long Milliseconds(int milliseconds) => milliseconds * _time.TimestampFrequency / 1_000;

    private void Use(ScriptedPolicy policy)
    {
        _gate.Dispose();
        _policy = policy;
        _gate = Gate();
    }

    private SessionGate Gate() => new("bank", 1, _time, _policy)
    {
        Holders = () =>
        {
            _reports++;
            return [];
        },
    };
}
