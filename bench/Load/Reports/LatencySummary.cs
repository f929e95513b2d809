using HdrHistogram;

namespace Millpond.Load.Reports;

/// <summary>How long requests took, in milliseconds.</summary>
/// <param name="P50">Half of them took at most this.</param>
/// <param name="P95">95 % of them.</param>
/// <param name="P99">99 % of them.</param>
/// <param name="P999">99.9 % of them.</param>
/// <param name="Max">The slowest.</param>
public readonly record struct LatencySummary(double P50, double P95, double P99, double P999, double Max)
{
    private const long Most = 3_600_000_000;   // an hour in microseconds

    /// <summary>Summarises the recorded latencies; all zero if there are none.</summary>
    internal static LatencySummary Of(HistogramBase histogram) => histogram.TotalCount == 0 ? default : new(
        Milliseconds(histogram.GetValueAtPercentile(50)),
        Milliseconds(histogram.GetValueAtPercentile(95)),
        Milliseconds(histogram.GetValueAtPercentile(99)),
        Milliseconds(histogram.GetValueAtPercentile(99.9)),
        Milliseconds(histogram.GetMaxValue()));

    /// <summary>Records microseconds with three significant digits.</summary>
    internal static LongHistogram NewHistogram() => new(1, Most, 3);

    internal static void Record(LongHistogram histogram, TimeSpan time) =>
        histogram.RecordValue(Math.Clamp((long)time.TotalMicroseconds, 0, Most));

    private static double Milliseconds(long microseconds) => microseconds / 1000.0;
}
