using Millpond.Load.Outcomes;
using Millpond.Load.Reports;

namespace Millpond.Load.Generation;

/// <summary>Runs a plan: begins an operation for each arrival, and counts how every one of them ended.</summary>
/// <param name="plan">When operations begin.</param>
/// <param name="operation">
/// One request, to the last byte of its answer. It gets its number, from 0, and a token that ends it. What it throws counts as
/// <see cref="HttpOutcome.OfFailure"/> says.
/// </param>
public sealed class LoadGenerator(LoadPlan plan, Func<long, CancellationToken, Task<Outcome>> operation)
{
    private readonly LoadTally _tally = new();

    /// <summary>Gets the numbers so far; they may be read while the run goes on.</summary>
    public LoadProgress Progress => _tally.Progress;

    /// <summary>Runs the plan to its end: until the last request has an answer or was given up.</summary>
    /// <param name="cancellationToken">Ends the run early; the report then says so.</param>
    /// <exception cref="ArgumentException">The plan names no load or no end.</exception>
    public async Task<LoadReport> RunAsync(CancellationToken cancellationToken = default)
    {
        plan.Check();
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var requests = new RequestRun(plan.Deadline, operation, _tally, abandon.Token);
        var (sending, whole) = plan.Rate is not null
            ? await new OpenLoop(plan, requests, _tally).RunAsync(abandon)
            : await new ClosedLoop(plan, requests).RunAsync(abandon);
        return _tally.Report(sending, whole, openLoop: plan.Rate is not null, cancellationToken.IsCancellationRequested);
    }
}
