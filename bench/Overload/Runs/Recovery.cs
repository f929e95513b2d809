namespace Millpond.Overload.Runs;

/// <summary>Determines how long a recovery takes.</summary>
internal static class Recovery
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private const double Full = 0.95;

    /// <summary>Finds the first second in which 95 % of the arrivals succeeded.</summary>
    /// <param name="after">All samples after the disturbance, in order.</param>
    /// <param name="end">The end of the disturbance.</param>
    /// <returns>The time since its end; null if there was no such second.</returns>
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
