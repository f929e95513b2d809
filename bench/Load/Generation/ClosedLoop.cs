using Millpond.Load.Arrivals;

namespace Millpond.Load.Generation;

/// <summary>Clients that wait for a response before the next request, so a slow server gets fewer requests.</summary>
internal sealed class ClosedLoop(LoadPlan plan, RequestRun requests)
{
    private readonly ArrivalClock _clock = new();
    private long _begun;

    /// <summary>Returns how long requests were sent, and how long it took until the last one ended.</summary>
    public async Task<(TimeSpan Sending, TimeSpan Whole)> RunAsync(CancellationTokenSource abandon)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(abandon.Token);
        if (plan.Duration is { } duration)
        {
            end.CancelAfter(duration);
            end.Token.Register(() => abandon.CancelAfter(plan.Patience));
        }

        await Task.WhenAll(Enumerable.Range(0, plan.Clients!.Value).Select(_ => Task.Run(() => AskAsync(end.Token))));
        var whole = _clock.Elapsed;
        return (plan.Duration is { } planned && planned < whole ? planned : whole, whole);
    }

    private async Task AskAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _begun) - 1;
            if (number >= plan.Requests)
            {
                return;
            }

            await requests.RunAsync(number, _clock.Elapsed, _clock);
            if (plan.Think > TimeSpan.Zero)
            {
                await Task.Delay(plan.Think, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
