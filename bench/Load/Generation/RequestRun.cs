using Millpond.Load.Arrivals;
using Millpond.Load.Outcomes;
using Millpond.Load.Reports;

namespace Millpond.Load.Generation;

/// <summary>Runs a request within the client's deadline and counts its outcome.</summary>
/// <param name="deadline">Counts from the time when the request was due.</param>
/// <param name="operation">The request.</param>
/// <param name="tally">Counts the outcomes.</param>
/// <param name="abandon">Cancels the requests that are still running after the end of the run.</param>
internal sealed class RequestRun(
    TimeSpan? deadline, Func<long, CancellationToken, Task<Outcome>> operation, LoadTally tally, CancellationToken abandon)
{
    /// <summary>Never throws: an exception of the request is an outcome.</summary>
    public async Task RunAsync(long number, TimeSpan due, ArrivalClock clock)
    {
        tally.Began(clock.Elapsed - due);
        using var limit = deadline is null ? null : CancellationTokenSource.CreateLinkedTokenSource(abandon);
        Outcome outcome;
        try
        {
            if (limit is not null)
            {
                var left = deadline!.Value - (clock.Elapsed - due);
                limit.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }

            outcome = await operation(number, limit?.Token ?? abandon);
        }
        catch (OperationCanceledException) when (abandon.IsCancellationRequested)
        {
            outcome = Outcome.Unanswered;
        }
        catch (OperationCanceledException) when (limit?.IsCancellationRequested == true)
        {
            outcome = Outcome.Deadline;
        }
        catch (Exception failure)
        {
            outcome = HttpOutcome.OfFailure(failure);
        }

        tally.Ended(outcome, clock.Elapsed - due);
    }
}
