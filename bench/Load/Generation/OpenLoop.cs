using Millpond.Load.Arrivals;
using Millpond.Load.Reports;

namespace Millpond.Load.Generation;

/// <summary>Sends each request when it is due, independently of earlier ones. The schedule has its own thread; requests run on
/// the thread pool, so none delays the next.</summary>
internal sealed class OpenLoop(LoadPlan plan, RequestRun requests, LoadTally tally)
{
    private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<TimeSpan> _allBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ArrivalClock _clock = new();
    private int _outstanding = 1;   // one for the schedule's thread

    /// <summary>Returns how long requests were sent, and how long it took until the last one ended.</summary>
    public async Task<(TimeSpan Sending, TimeSpan Whole)> RunAsync(CancellationTokenSource abandon)
    {
        var thread = new Thread(() => KeepTime(abandon.Token))
        {
            Name = "Arrivals", IsBackground = true, Priority = ThreadPriority.Highest,
        };
        thread.Start();
        var sending = await _allBegun.Task;
        abandon.CancelAfter(plan.Patience);
        await _allEnded.Task;
        return (sending, _clock.Elapsed);
    }

    private void KeepTime(CancellationToken cancellationToken)
    {
        long number = 0;
        foreach (var due in Arrivals())
        {
            _clock.WaitUntil(due, cancellationToken);
            if (cancellationToken.IsCancellationRequested)
            {
                break;
            }

            Begin(number++, due);
        }

        if (plan.Duration is { } duration && plan.Requests is null)
        {
            _clock.WaitUntil(duration, cancellationToken);   // the last interval is part of the run
        }

        _allBegun.SetResult(_clock.Elapsed);
        End();
    }

    private IEnumerable<TimeSpan> Arrivals()
    {
        var arrivals = plan.Poisson
            ? ArrivalSchedule.Poisson(plan.Rate!.Value, plan.Seed)
            : ArrivalSchedule.Constant(plan.Rate!.Value);
        arrivals = plan.Duration is { } duration ? arrivals.TakeWhile(due => due < duration) : arrivals;
        return plan.Requests is { } most ? arrivals.Take((int)Math.Min(most, int.MaxValue)) : arrivals;
    }

    private void Begin(long number, TimeSpan due)
    {
        if (Volatile.Read(ref _outstanding) > plan.MaxOutstanding)
        {
            tally.NotSent();
            return;
        }

        Interlocked.Increment(ref _outstanding);
        ThreadPool.UnsafeQueueUserWorkItem(
            static work => _ = work.Loop.RunAsync(work.Number, work.Due),
            (Loop: this, Number: number, Due: due),
            preferLocal: false);
    }

    private async Task RunAsync(long number, TimeSpan due)
    {
        await requests.RunAsync(number, due, _clock);
        End();
    }

    private void End()
    {
        if (Interlocked.Decrement(ref _outstanding) == 0)
        {
            _allEnded.SetResult();
        }
    }
}
