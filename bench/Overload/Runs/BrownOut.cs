namespace Millpond.Overload.Runs;

/// <summary>What a slow database did to the service, and how soon it was over.</summary>
internal sealed record BrownOut
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private const double Full = 0.95;

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
            Recovery = FindRecovery(after, to),
        };
    }

    private static TimeSpan? FindRecovery(List<Sample> after, TimeSpan to)
    {
        for (var start = to; after.Count > 0 && start + Window <= after[^1].Due; start += Step)
        {
            List<Sample> second = [.. after.Where(sample => sample.Due >= start && sample.Due < start + Window)];
            if (second.Count > 0 && Share(second, sample => sample.End == RequestEnd.Done) >= Full)
            {
                return start - to;
            }
        }

        return null;
    }

    private static double Share(List<Sample> samples, Func<Sample, bool> which) =>
        samples.Count == 0 ? 0 : (double)samples.Count(which) / samples.Count;
}
