namespace Millpond.Overload.Runs;

/// <summary>How long requests took, in milliseconds.</summary>
/// <param name="P50">Half of them took at most this.</param>
/// <param name="P99">99 % of them.</param>
internal readonly record struct Percentiles(double P50, double P99)
{
    /// <summary>Null where there are none.</summary>
    public static Percentiles? Of(IEnumerable<Sample> samples)
    {
        double[] times = [.. samples.Select(sample => sample.Latency.TotalMilliseconds).Order()];
        return times.Length == 0 ? null : new Percentiles(At(times, 0.5), At(times, 0.99));
    }

    private static double At(double[] times, double share) => times[(int)Math.Ceiling(share * times.Length) - 1];
}
