using Millpond.Load.Outcomes;

namespace Millpond.Load.Reports;

/// <summary>What a run measured.</summary>
public sealed record LoadReport
{
    /// <summary>The lag at the 99th percentile beyond which the generator was too slow for its own schedule, in ms.</summary>
    public const double MostLag = 5;

    /// <summary>Gets the requests by how they ended; done before refused before unknown, then not sent.</summary>
    public required IReadOnlyList<OutcomeRow> Outcomes { get; init; }

    /// <summary>Gets how many requests were begun; all of them ended in one of <see cref="Outcomes"/>.</summary>
    public required long Sent { get; init; }

    /// <summary>Gets how many were due and not begun, because too many were outstanding.</summary>
    public required long NotSent { get; init; }

    /// <summary>Gets how long all requests took that were sent, however they ended.</summary>
    public required LatencySummary Latency { get; init; }

    /// <summary>Gets how much later than due requests were begun.</summary>
    /// <value>Null in a closed loop, which has no schedule.</value>
    public required LatencySummary? Lag { get; init; }

    /// <summary>Gets how long requests were begun.</summary>
    public required TimeSpan Sending { get; init; }

    /// <summary>Gets how long it took until the last had ended.</summary>
    public required TimeSpan Whole { get; init; }

    /// <summary>Gets whether the run was ended early.</summary>
    public bool Interrupted { get; init; }

    /// <summary>Gets whether the generator was too slow for its own schedule, so that the times are its own as well.</summary>
    public bool IsVoid => Lag?.P99 > MostLag;

    /// <summary>Gets how many requests a second were begun.</summary>
    public double SentPerSecond => PerSecond(Sent);

    /// <summary>Gets how many requests a second had their work done.</summary>
    public double Goodput => PerSecond(Count(OutcomeKind.Done));

    /// <summary>How many requests ended in this kind of outcome.</summary>
    public long Count(OutcomeKind kind) => Outcomes.Where(row => row.Outcome.Kind == kind).Sum(row => row.Count);

    private double PerSecond(long count) => Sending > TimeSpan.Zero ? count / Sending.TotalSeconds : 0;
}
