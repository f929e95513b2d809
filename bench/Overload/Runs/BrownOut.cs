namespace Millpond.Overload.Runs;

/// <summary>What a slow database did to the service, and how soon it was over.</summary>
internal sealed record BrownOut
{
    /// <summary>Gets how many a second were done while the database was slow.</summary>
    public required double Goodput { get; init; }

    /// <summary>Gets how long the answer 503 took meanwhile.</summary>
    public required Percentiles? Rejection { get; init; }

    /// <summary>Gets which share of those who came meanwhile got no answer in time.</summary>
    public required double Unanswered { get; init; }

    /// <summary>Gets which share was done of all who came after it.</summary>
    public required double After { get; init; }

    /// <summary>Gets when the first second began in which 95 % were done, from its end on.</summary>
    /// <value>Null: there was none.</value>
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
