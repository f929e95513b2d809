namespace Millpond.Overload.Runs;

/// <summary>How soon all is well again after something was not.</summary>
internal static class Recovery
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private const double Full = 0.95;

    /// <summary>When the first second began in which 95 % of the arrivals were done.</summary>
    /// <param name="after">All that arrived after the end of it, in their order.</param>
    /// <param name="end">When it ended.</param>
    /// <returns>From its end on; null: there was no such second.</returns>
    public static TimeSpan? Find(IReadOnlyList<Sample> after, TimeSpan end)
    {
        for (var start = end; after.Count > 0 && start + Window <= after[^1].Due; start += Step)
        {
            List<Sample> second = [.. after.Where(sample => sample.Due >= start && sample.Due < start + Window)];
            if (second.Count > 0 && second.Count(sample => sample.End == RequestEnd.Done) >= Full * second.Count)
            {
                return start - end;
            }
        }

        return null;
    }
}
