namespace Millpond.Overload.Runs;

/// <summary>The effect of a slow database on the service, and the recovery.</summary>
internal sealed record BrownOut
{
    /// <summary>Gets the goodput per second while the database was slow.</summary>
    public required double Goodput { get; init; }

    /// <summary>Gets the latency of the 503 responses in that time.</summary>
    public required Percentiles? Rejection { get; init; }

    /// <summary>Gets the share of that time's requests that got no response within the deadline.</summary>
    public required double Unanswered { get; init; }

    /// <summary>Gets the share of later requests that succeeded.</summary>
    public required double After { get; init; }

    /// <summary>Gets the time until the first second in which 95 % succeeded.</summary>
    /// <value>Null if there was none.</value>
    public required TimeSpan? Recovery { get; init; }

    public static BrownOut Of(IReadOnlyList<Sample> samples, TimeSpan from, TimeSpan to)
    {
        List<Sample> during = [.. samples.Where(sample => sample.Due >= from && sample.Due < to)];
        List<Sample> after = [.. samples.Where(sample => sample.Due >= to)];
        var done = samples.Count(sample => sample.End == RequestEnd.Done && sample.Ended >= from && sample.Ended < to);
        return new BrownOut
        {
            Goodput = done / (to - from).TotalSeconds,
            Rejection = Percentiles.Of(during.Where(sample => sample.End == RequestEnd.Rejected)),
            Unanswered = Share(during, sample => sample.End is RequestEnd.Deadline or RequestEnd.None),
            After = Share(after, sample => sample.End == RequestEnd.Done),
            Recovery = Runs.Recovery.Find(after, to),
        };
    }

    private static double Share(List<Sample> samples, Func<Sample, bool> which) =>
        samples.Count == 0 ? 0 : (double)samples.Count(which) / samples.Count;
}
