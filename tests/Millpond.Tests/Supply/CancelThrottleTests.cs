using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Millpond.Supply;
using Xunit;

namespace Millpond.Tests.Supply;

/// <summary>Cancellations that block whoever asks for them, as Npgsql's do (G14).</summary>
public sealed class CancelThrottleTests
{
    private const int Commands = 40;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G14_Many_simultaneous_cancellations_are_sent_a_few_at_a_time_and_block_nobody()
    {
        using var throttle = NewGovernor();
        using var clients = new CancellationTokenSource();
        var (now, most) = (0, 0);
        var threads = new ConcurrentBag<bool>();
        var leases = Enumerable.Range(0, Commands).Select(_ => Govern(throttle, clients.Token)).ToList();
        using var done = new CountdownEvent(Commands);
        using var network = new ManualResetEventSlim();
        foreach (var lease in leases)
        {
            lease.Token.Register(() =>
            {
                var inside = Interlocked.Increment(ref now);
                for (var seen = Volatile.Read(ref most); inside > seen;)
                {
                    seen = Interlocked.CompareExchange(ref most, inside, seen);
                }

                threads.Add(Thread.CurrentThread.IsThreadPoolThread);
                network.Wait(TimeSpan.FromSeconds(30));   // it opens a connection, and waits for it
                Interlocked.Decrement(ref now);
                done.Signal();
            });
        }

        await Task.Run(clients.Cancel, Token).WaitAsync(TimeSpan.FromSeconds(10), Token);   // nobody holds the canceller up
        SpinWait.SpinUntil(() => throttle.Sent >= 4, TimeSpan.FromSeconds(30));
        network.Set();
        await Task.Run(() => Assert.True(done.Wait(TimeSpan.FromSeconds(30), Token)), Token);

        Assert.Equal((4, Commands), (most, throttle.Sent));
        Assert.DoesNotContain(true, threads);
        leases.ForEach(static lease => lease.End());
    }

    [Fact]
    public async Task G14_A_cancellation_whose_command_has_ended_is_not_sent()
    {
        using var throttle = NewGovernor();
        using var clients = new CancellationTokenSource();
        using var hold = new ManualResetEventSlim();
        var first = Enumerable.Range(0, 4).Select(_ => Govern(throttle, clients.Token)).ToList();
        first.ForEach(one => one.Token.Register(() => hold.Wait(TimeSpan.FromSeconds(30))));
        using var late = new CancellationTokenSource();
        var last = Govern(throttle, late.Token);
        clients.Cancel();
        SpinWait.SpinUntil(() => throttle.Sent == 4, TimeSpan.FromSeconds(30));
        late.Cancel();

        last.End();
        hold.Set();
        first.ForEach(static one => one.End());
        await Task.Delay(50, Token);

        Assert.Equal((4, false), (throttle.Sent, last.Token.IsCancellationRequested));
    }

    [Fact]
    public void G14_A_reused_token_does_not_follow_the_previous_caller()
    {
        using var throttle = NewGovernor();
        using var before = new CancellationTokenSource();
        using var after = new CancellationTokenSource();
        using var cancellation = Govern(throttle, before.Token);
        cancellation.End();
        Assert.False(cancellation.IsSpent);
        Begin(cancellation, after.Token);
        before.Cancel();
        Assert.False(SpinWait.SpinUntil(() => cancellation.Token.IsCancellationRequested, 50));
        after.Cancel();
        Assert.True(SpinWait.SpinUntil(() => cancellation.Token.IsCancellationRequested, 5_000));
        cancellation.End();
        Assert.True(cancellation.IsSpent);   // so the next operation gets another one
    }

    [Fact]
    public void G14_A_wait_for_a_connection_is_cancelled_immediately_and_a_driver_in_turn()
    {
        using var throttle = NewGovernor();
        using var cancellation = new OperationCancellation(throttle);
        using var request = new CancellationTokenSource();
        cancellation.Follow(CancellationToken.None, request.Token);
        request.Cancel();
        Assert.Equal((true, 0), (cancellation.Token.IsCancellationRequested, throttle.Sent));
        cancellation.EnterDriver(CancellationToken.None);
        cancellation.End();
        Assert.True(cancellation.IsSpent);
    }

    [Fact]
    public void G14_The_end_of_a_session_cancels_its_wait_and_not_a_running_command()
    {
        using var throttle = NewGovernor();
        using var cancellation = new OperationCancellation(throttle);
        cancellation.Follow(CancellationToken.None, CancellationToken.None);
        cancellation.EnterDriver(CancellationToken.None);
        _ = cancellation.CancelWaitAsync();
        Assert.False(cancellation.Token.IsCancellationRequested);
        cancellation.End();
        _ = cancellation.CancelWaitAsync();
        Assert.False(cancellation.IsSpent);
        cancellation.Follow(CancellationToken.None, CancellationToken.None);
        _ = cancellation.CancelWaitAsync();
        Assert.True(cancellation.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task G14_An_unanswered_cancellation_ends_its_turn_and_releases_the_caller_of_the_command()
    {
        var time = new FakeTimeProvider();
        using var throttle = new CancelThrottle(TimeSpan.FromSeconds(2), time);
        using var clients = new CancellationTokenSource();
        using var network = new ManualResetEventSlim();
        var leases = Enumerable.Range(0, Commands).Select(_ => Govern(throttle, clients.Token)).ToList();
        var released = leases[0].Released;
        leases.ForEach(one => one.Token.Register(() => network.Wait(TimeSpan.FromSeconds(60))));
        await clients.CancelAsync();
        await UntilAsync(() => throttle.Sent == 4);
        using var left = new CancellationTokenSource();
        var over = Govern(throttle, left.Token);
        var ended = over.Released;
        await left.CancelAsync();
        over.End();
        Assert.False(released.IsCancellationRequested);
        for (var began = time.GetTimestamp(); throttle.Sent < 16 || !released.IsCancellationRequested; await Task.Delay(2, Token))
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            Assert.True(time.GetElapsedTime(began) < TimeSpan.FromSeconds(20), $"{throttle.Sent}");
        }

        time.Advance(TimeSpan.FromSeconds(5));
        await Task.Delay(50, Token);
        Assert.InRange(throttle.Sent, 16, 16 + 3);   // no more threads wait for it than that, and those whose turn it was
        Assert.False(ended.IsCancellationRequested);
        network.Set();
        leases.ForEach(static lease => lease.End());
        await UntilAsync(() =>
        {
            using var later = new CancellationTokenSource();
            var next = Govern(throttle, later.Token);
            later.Cancel();
            return SpinWait.SpinUntil(() => next.Token.IsCancellationRequested, TimeSpan.FromMilliseconds(100));
        });   // it works again, a moment after the network does
    }

    private static CancelThrottle NewGovernor() => new(TimeSpan.FromSeconds(30), TimeProvider.System);

    private static OperationCancellation Govern(CancelThrottle throttle, CancellationToken caller)
    {
        var cancellation = new OperationCancellation(throttle);
        Begin(cancellation, caller);
        return cancellation;
    }

    private static void Begin(OperationCancellation cancellation, CancellationToken caller)
    {
        cancellation.Follow(caller, CancellationToken.None);
        cancellation.EnterDriver(CancellationToken.None);
    }

    private static async Task UntilAsync(Func<bool> happened)
    {
        for (var i = 0; !happened(); i++)
        {
            Assert.True(i < 5_000, "It did not happen.");
            await Task.Delay(2, Token);
        }
    }
}
