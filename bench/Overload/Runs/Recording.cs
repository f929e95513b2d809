using System.Diagnostics;
using Millpond.Load.Arrivals;
using Millpond.Load.Generation;
using Millpond.Load.Outcomes;
using Millpond.Load.Reports;

namespace Millpond.Overload.Runs;

/// <summary>An open-loop run that records each request with its time, which the generator's own report does not.</summary>
internal sealed class Recording
{
    private const int Kept = 4 * 1024;   // a problem document

    private readonly HttpTarget _target;
    private readonly Operation _operation;
    private readonly Sample[] _samples;
    private readonly long _start;
    private readonly Task<LoadReport> _report;

    private Recording(HttpTarget target, Operation operation, LoadPlan plan, CancellationToken cancellationToken)
    {
        (_target, _operation) = (target, operation);
        _samples = [.. Arrivals(plan).Select(due => new Sample(due, default, RequestEnd.None))];
        _start = Stopwatch.GetTimestamp();
        _report = new LoadGenerator(plan, SendAsync).RunAsync(cancellationToken);
    }

    /// <summary>Gets the time since the start of the run.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Starts a run.</summary>
    public static Recording Start(
        HttpTarget target, Operation operation, LoadPlan plan, CancellationToken cancellationToken) =>
        new(target, operation, plan, cancellationToken);

    /// <summary>Waits for the end of the run.</summary>
    public async Task<(IReadOnlyList<Sample> Samples, LoadReport Report)> EndAsync(CancellationToken cancellationToken)
    {
        var report = await _report;
        cancellationToken.ThrowIfCancellationRequested();
        return (_samples, report);
    }

    /// <summary>Returns when the generator's requests are due: the same plan gives the same times.</summary>
    private static IEnumerable<TimeSpan> Arrivals(LoadPlan plan)
    {
        var arrivals = plan.Poisson
            ? ArrivalSchedule.Poisson(plan.Rate!.Value, plan.Seed)
            : ArrivalSchedule.Constant(plan.Rate!.Value);
        arrivals = plan.Duration is { } duration ? arrivals.TakeWhile(due => due < duration) : arrivals;
        return plan.Requests is { } most ? arrivals.Take((int)most) : arrivals;
    }

    private async Task<Outcome> SendAsync(long number, CancellationToken cancellationToken)
    {
        var end = RequestEnd.Failed;
        try
        {
            using var request = new HttpRequestMessage(_operation.Method, _operation.Path);
            var (outcome, _) = await _target.SendAsync(request, cancellationToken, Kept);
            end = outcome.Kind == OutcomeKind.Done ? RequestEnd.Done
                : outcome.Name.StartsWith("503", StringComparison.Ordinal) ? RequestEnd.Rejected
                : RequestEnd.Failed;
            return outcome;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            end = RequestEnd.Deadline;
            throw;
        }
        finally
        {
            _samples[number] = _samples[number] with { Ended = Elapsed, End = end };
        }
    }
}
