using Microsoft.Extensions.Time.Testing;
using Millpond.Admission;
using Xunit;

namespace Millpond.Tests.Admission;

public sealed class SessionGateTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G16_The_error_of_a_closed_gate_names_the_engine()
    {
        using var gate = new SessionGate("bank (writer)", 1, new FakeTimeProvider()) { EngineName = "bank" };
        gate.Close();
        var error = await Assert.ThrowsAsync<SessionRejectedException>(
            () => gate.EnterAsync(Deadline.After(TimeSpan.FromSeconds(1), TimeProvider.System), null, Token).AsTask());
        Assert.StartsWith("Engine 'bank' is shutting down", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void G01_A_free_permit_is_granted_immediately_and_without_allocating()
    {
        using var gate = Gate(1);
        var deadline = In(5);
        Use(gate, deadline);   // warm
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Use(gate, deadline);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, gate.GetSnapshot().InUse);
    }

    [Fact]
    public async Task G01_Waiters_are_served_in_order_of_arrival()
    {
        using var gate = Gate(1);
        var held = await gate.EnterAsync(In(60), null, Token);
        List<int> order = [];
        var waiters = Enumerable.Range(0, 5).Select(async number =>
        {
            var permit = await gate.EnterAsync(In(60), null, Token);
            lock (order)
            {
                order.Add(number);
            }

            permit.Release();
        }).ToList();
        Assert.Equal(5, gate.GetSnapshot().Waiting);

        held.Release();
        await Task.WhenAll(waiters);
        Assert.Equal([0, 1, 2, 3, 4], order);
        Assert.Equal((0, 0), (gate.GetSnapshot().InUse, gate.GetSnapshot().Waiting));
    }

    [Fact]
    public async Task G01_A_newcomer_cannot_overtake_a_waiter()
    {
        using var gate = Gate(1);
        var held = await gate.EnterAsync(In(60), null, Token);
        var waiter = gate.EnterAsync(In(60), null, Token).AsTask();
        held.Release();
        Assert.False(gate.TryEnter(out _));
        (await waiter).Release();
        Assert.True(gate.TryEnter(out _));
    }

    [Fact]
    public async Task G01_A_grant_reports_how_long_the_caller_waited()
    {
        using var gate = Gate(1);
        var held = await gate.EnterAsync(In(60), null, Token);
        var waiter = gate.EnterAsync(In(60), null, Token).AsTask();
        _time.Advance(TimeSpan.FromSeconds(3));
        held.Release();
        Assert.Equal(TimeSpan.FromSeconds(3), (await waiter).Waited);
    }

    [Fact]
    public async Task G02_A_caller_past_its_deadline_gets_the_pools_numbers()
    {
        using var gate = Gate(2);
        await gate.EnterAsync(In(60), null, Token);
        await gate.EnterAsync(In(60), null, Token);
        var patient = gate.EnterAsync(In(60), null, Token);
        _time.Advance(TimeSpan.FromSeconds(1));
        var hurried = gate.EnterAsync(In(5), null, Token);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(hurried.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        var error = await Assert.ThrowsAsync<PoolTimeoutException>(() => hurried.AsTask());
        Assert.Equal(
            "No connection became free in pool 'bank' within 5 s: 2 of 2 in use, 2 waiting (oldest 6.0 s). Release sessions " +
            "before slow " +
            "work, or raise PoolSize or PoolTimeout. [MILL1001]",
            error.Message);
        Assert.Equal(
            new PoolSnapshot { Name = "bank", Permits = 2, InUse = 2, Waiting = 2, OldestWait = TimeSpan.FromSeconds(6) },
            error.Pool);
        Assert.Equal(("MILL1001", true), (error.Code, error.IsTransient));
        Assert.False(patient.IsCompleted);
        Assert.Equal((1, 1L), (gate.GetSnapshot().Waiting, gate.GetSnapshot().TimedOut));
    }

    [Fact]
    public async Task G02_Every_deadline_is_met_in_any_order_of_arrival()
    {
        using var gate = Gate(1);
        await gate.EnterAsync(In(600), null, Token);
        var waiters = new[] { 30, 5, 10, 20, 5 }   // the next one due is neither the first nor the last that is left
            .Select(seconds => (seconds, wait: gate.EnterAsync(In(seconds), null, Token))).ToList();
        for (var now = 1; now <= 30; now++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            foreach (var (seconds, wait) in waiters)
            {
                Assert.Equal(seconds <= now, wait.IsCompleted);
            }
        }
    }

    [Fact]
    public async Task G06_A_cancelled_waiter_leaves_and_the_next_gets_the_permit()
    {
        using var gate = Gate(1);
        var held = await gate.EnterAsync(In(60), null, Token);
        using var patience = new CancellationTokenSource();
        var leaving = gate.EnterAsync(In(60), null, patience.Token).AsTask();
        var staying = gate.EnterAsync(In(60), null, Token).AsTask();
        await patience.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.Equal(patience.Token, error.CancellationToken);

        held.Release();
        (await staying).Release();
        Assert.Equal((0, 0), (gate.GetSnapshot().InUse, gate.GetSnapshot().Waiting));
    }

    [Fact]
    public async Task G06_A_token_that_is_already_cancelled_takes_no_permit()
    {
        using var gate = Gate(1);
        var cancelled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => { _ = gate.EnterAsync(In(60), null, cancelled); });
        await gate.EnterAsync(In(60), null, Token);
        Assert.Equal(1, gate.GetSnapshot().InUse);
    }

    [Fact]
    public async Task G06_A_cancellation_after_the_grant_does_not_revoke_the_permit()
    {
        using var gate = Gate(1);
        var held = await gate.EnterAsync(In(60), null, Token);
        using var patience = new CancellationTokenSource();
        var waiter = gate.EnterAsync(In(60), null, patience.Token);
        held.Release();
        await patience.CancelAsync();
        var permit = await waiter;
        Assert.Equal(1, gate.GetSnapshot().InUse);
        permit.Release();
        Assert.Equal(0, gate.GetSnapshot().InUse);
    }

    [Fact]
    public async Task G16_A_closed_gate_rejects_waiting_and_new_callers()
    {
        using var gate = Gate(1);
        var held = await gate.EnterAsync(In(60), null, Token);
        var waiter = gate.EnterAsync(In(60), null, Token).AsTask();
        gate.Close();
        await Assert.ThrowsAsync<SessionRejectedException>(() => waiter);
        held.Release();
        await Assert.ThrowsAsync<SessionRejectedException>(() => gate.EnterAsync(In(60), null, Token).AsTask());
        Assert.Equal((0, 0, true), (gate.GetSnapshot().InUse, gate.GetSnapshot().Waiting, gate.GetSnapshot().IsClosed));
    }

    [Fact]
    public async Task G06_Under_cancellations_and_deadlines_it_never_grants_too_many_permits_nor_loses_one()
    {
        const int permits = 3;
        using var gate = new SessionGate("bank", permits, TimeProvider.System);
        var inside = 0;
        var most = 0;
        int[] ends = [0, 0, 0];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 60_000),
            new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Token },
            async (number, _) =>
            {
                using var patience = new CancellationTokenSource();
                var limit = number % 7 == 0 ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromMinutes(5);
                var deadline = Deadline.After(limit, TimeProvider.System);
                try
                {
                    var entering = gate.EnterAsync(deadline, null, patience.Token);
                    if (number % 3 == 0)
                    {
                        await patience.CancelAsync();   // before, at the same time as, or after the grant
                    }

                    var permit = await entering;
                    var now = Interlocked.Increment(ref inside);
                    InterlockedMax(ref most, now);
                    await Task.Yield();
                    Interlocked.Decrement(ref inside);
                    permit.Release();
                    Interlocked.Increment(ref ends[0]);
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref ends[1]);
                }
                catch (PoolTimeoutException)
                {
                    Interlocked.Increment(ref ends[2]);
                }
            });

        Assert.Equal(permits, most);
        Assert.Equal(60_000, ends.Sum());
        Assert.True(ends[0] > 0 && ends[1] > 0, $"granted, cancelled, timed out: {string.Join(", ", ends)}");
        var left = gate.GetSnapshot();
        Assert.Equal((0, 0), (left.InUse, left.Waiting));
        Assert.True(Enumerable.Range(0, permits).All(_ => gate.TryEnter(out var _)));
    }

    private static void Use(SessionGate gate, Deadline deadline)
    {
        var entering = gate.EnterAsync(deadline, null, CancellationToken.None);
        Assert.True(entering.IsCompletedSuccessfully);
        entering.Result.Release();
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var seen = Volatile.Read(ref most); now > seen;)
        {
            seen = Interlocked.CompareExchange(ref most, now, seen);
        }
    }

    private SessionGate Gate(int permits) => new("bank", permits, _time);

    private Deadline In(double seconds) => Deadline.After(TimeSpan.FromSeconds(seconds), _time);
}
