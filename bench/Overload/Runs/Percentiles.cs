namespace Millpond.Overload.Runs;

/// <summary>Percentiles of latencies, in milliseconds.</summary>
/// <param name="P50">The median.</param>
/// <param name="P99">The 99th percentile.</param>
internal readonly record struct Percentiles(double P50, double P99)
{
    /// <summary>Returns null if there are no samples.</summary>
    public static Percentiles? Of(IEnumerable<Sample> samples)
    {
        double[] times = [.. samples.Select(sample => sample.Latency.TotalMilliseconds).Order()];
        return times.Length == 0 ? null : new Percentiles(At(times, 0.5), At(times, 0.99));
    }

    private static double At(double[] times, double share) => times[(int)Math.Ceiling(share * times.Length) - 1];
}
