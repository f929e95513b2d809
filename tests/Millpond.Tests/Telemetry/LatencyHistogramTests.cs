using Millpond.Telemetry;
using Xunit;

namespace Millpond.Tests.Telemetry;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void A_quantile_is_at_most_a_bucket_above_the_recorded_duration()
    {
        foreach (var ticks in new long[] { 0, 1, 7, 8, 9, 100, 12_345, 10_000_000, 36_000_000_000 })
        {
            var histogram = new LatencyHistogram();
            histogram.Record(new TimeSpan(ticks));
            var found = LatencyHistogram.Quantile(histogram.Copy(), [], 0.5).Ticks;

            Assert.InRange(found, ticks, ticks + (ticks / 8) + 1);
            Assert.Equal(ticks, histogram.Total.Ticks);
        }
    }

    [Fact]
    public void Quantiles_follow_the_ranks()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 100; i++)
        {
            histogram.Record(TimeSpan.FromMilliseconds(i));
        }

        Assert.InRange(LatencyHistogram.Quantile(histogram.Copy(), [], 0.5).TotalMilliseconds, 50, 57);
        Assert.InRange(LatencyHistogram.Quantile(histogram.Copy(), [], 0.99).TotalMilliseconds, 99, 112);
        Assert.InRange(LatencyHistogram.Quantile(histogram.Copy(), [], 0).TotalMilliseconds, 1, 1.2);
    }

    [Fact]
    public void Only_what_was_recorded_since_a_copy_counts()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromSeconds(9));
        var before = histogram.Copy();
        Assert.Equal(TimeSpan.Zero, LatencyHistogram.Quantile(before, before, 0.99));

        histogram.Record(TimeSpan.FromMilliseconds(1));
        Assert.InRange(LatencyHistogram.Quantile(histogram.Copy(), before, 0.99).TotalMilliseconds, 1, 1.2);
        Assert.Equal(1, LatencyHistogram.Count(histogram.Copy(), before));
    }

    [Fact]
    public void Durations_beyond_its_range_are_counted_in_the_first_and_the_last_bucket()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromTicks(-5));
        histogram.Record(TimeSpan.MaxValue);

        Assert.Equal(2, LatencyHistogram.Count(histogram.Copy(), []));
        Assert.Equal(TimeSpan.Zero, LatencyHistogram.Quantile(histogram.Copy(), [], 0.1));
        Assert.True(LatencyHistogram.Quantile(histogram.Copy(), [], 1) > TimeSpan.FromHours(24));
    }
}
