using System.Collections.Concurrent;
using Millpond.Connections;
using Xunit;

namespace Millpond.Tests.Connections;

/// <summary>Cancellations that block whoever asks for them, as Npgsql's do (G14).</summary>
public sealed class CancelGovernorTests
{
    private const int Commands = 40;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G14_Many_who_leave_together_are_cancelled_a_few_at_a_time_and_block_nobody()
    {
        using var governor = new CancelGovernor();
        using var clients = new CancellationTokenSource();
        var (now, most) = (0, 0);
        var threads = new ConcurrentBag<bool>();
        var leases = Enumerable.Range(0, Commands).Select(_ => governor.Govern(clients.Token)).ToList();
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
        SpinWait.SpinUntil(() => governor.Sent >= 4, TimeSpan.FromSeconds(30));
        network.Set();
        await Task.Run(() => Assert.True(done.Wait(TimeSpan.FromSeconds(30), Token)), Token);

        Assert.Equal((4, Commands), (most, governor.Sent));
        Assert.DoesNotContain(true, threads);
        leases.ForEach(static lease => lease.Dispose());
    }

    [Fact]
    public async Task G14_One_whose_command_has_ended_by_then_is_not_sent()
    {
        using var governor = new CancelGovernor();
        using var clients = new CancellationTokenSource();
        using var hold = new ManualResetEventSlim();
        var first = Enumerable.Range(0, 4).Select(_ => governor.Govern(clients.Token)).ToList();
        first.ForEach(one => one.Token.Register(() => hold.Wait(TimeSpan.FromSeconds(30))));
        using var late = new CancellationTokenSource();
        var last = governor.Govern(late.Token);
        clients.Cancel();
        SpinWait.SpinUntil(() => governor.Sent == 4, TimeSpan.FromSeconds(30));
        late.Cancel();

        last.Dispose();
        hold.Set();
        first.ForEach(static one => one.Dispose());
        await Task.Delay(50, Token);

        Assert.Equal((4, false), (governor.Sent, last.Token.IsCancellationRequested));
    }

    [Fact]
    public void G14_A_token_that_is_used_again_knows_nothing_of_the_caller_before()
    {
        using var governor = new CancelGovernor();
        using var before = new CancellationTokenSource();
        using var after = new CancellationTokenSource();
        var first = governor.Govern(before.Token);
        first.Dispose();
        var second = governor.Govern(after.Token);
        Assert.Equal(first.Token, second.Token);
        before.Cancel();
        Assert.False(SpinWait.SpinUntil(() => second.Token.IsCancellationRequested, 50));
        after.Cancel();
        Assert.True(SpinWait.SpinUntil(() => second.Token.IsCancellationRequested, 5_000));
        second.Dispose();
        Assert.False(governor.Govern(new CancellationTokenSource().Token).Token.IsCancellationRequested);
    }

    [Fact]
    public void G14_Who_cannot_leave_costs_nothing()
    {
        using var governor = new CancelGovernor();
        Assert.Equal(CancellationToken.None, governor.Govern(CancellationToken.None).Token);
    }
}
