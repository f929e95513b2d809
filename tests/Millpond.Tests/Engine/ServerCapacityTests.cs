using Microsoft.Extensions.Time.Testing;
using Millpond.Tests.Sessions;
using Xunit;

namespace Millpond.Tests.Engine;

/// <summary>A reading of the server's limit that gets no answer.</summary>
public sealed class ServerCapacityTests
{
    private readonly FakeProvider _provider = new();
    private readonly TaskCompletionSource _never = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task G17_An_unanswered_limit_query_ends_with_its_token_whatever_the_driver_does()
    {
        await using var engine = FakeProvider.CreateEngine(_provider);
        _provider.At = step => step == "ReadLimits" ? _never.Task : Task.CompletedTask;
        using var patience = new CancellationTokenSource();
        var warmUp = engine.WarmUpAsync(patience.Token);
        var probe = engine.ProbeAsync(patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => warmUp.WaitAsync(TimeSpan.FromSeconds(30), Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe.WaitAsync(TimeSpan.FromSeconds(30), Token));
        _never.SetResult();
        await engine.WarmUpAsync(Token);   // the turn came free with the reading
    }

    [Fact]
    public async Task G07_Any_number_of_probes_use_one_connection_beside_the_permits()
    {
        await using var engine = FakeProvider.CreateEngine(_provider);
        var (now, most) = (0, 0);
        _provider.At = async step =>
        {
            if (step is "Probe" or "ReadLimits")
            {
                most = Math.Max(most, Interlocked.Increment(ref now));
                await Task.Delay(5, Token);
                Interlocked.Decrement(ref now);
            }
        };

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => engine.ProbeAsync(Token)));

        Assert.Equal(1, most);
    }

    [Fact]
    public async Task G17_The_shutdown_does_not_wait_for_an_unanswered_limit_query()
    {
        var time = new FakeTimeProvider();
        _provider.IsRemote = true;
        var engine = FakeProvider.CreateEngine(_provider, options => options.TimeProvider = time);
        var reading = new TaskCompletionSource();
        _provider.At = step =>
        {
            if (step == "ReadLimits")
            {
                reading.TrySetResult();
                return _never.Task;
            }

            return step == "Rent" ? throw FakeProvider.Full() : Task.CompletedTask;
        };
        await Assert.ThrowsAsync<Millpond.DatabaseUnavailableException>(
            () => engine.RunAsync((session, token) => session.Connection.OpenAsync(token), cancellationToken: Token));
        while (!reading.Task.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await engine.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token);
    }
}
