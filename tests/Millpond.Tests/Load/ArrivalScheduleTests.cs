using Millpond.Load.Arrivals;
using Xunit;

namespace Millpond.Tests.Load;

public sealed class ArrivalScheduleTests
{
    [Fact]
    public void Arrivals_at_a_constant_rate_come_at_even_intervals_from_the_start() =>
        Assert.Equal([0, 5, 10, 15], ArrivalSchedule.Constant(200).Take(4).Select(due => due.TotalMilliseconds));

    [Fact]
    public void A_constant_rate_does_not_drift() =>
        Assert.Equal(TimeSpan.FromSeconds(100), ArrivalSchedule.Constant(3).ElementAt(300));

    [Fact]
    public void Random_arrivals_keep_the_rate_with_exponential_intervals()
    {
        var arrivals = ArrivalSchedule.Poisson(100, seed: 1).Take(100_001).Select(due => due.TotalSeconds).ToList();
        var gaps = arrivals.Zip(arrivals.Skip(1), (earlier, later) => later - earlier).ToList();

        Assert.InRange(gaps.Average(), 0.0098, 0.0102);
        Assert.InRange(gaps.Count(gap => gap > 0.01) / 100_000.0, 0.36, 0.376);   // 1/e of an exponential's are above its mean
    }

    [Fact]
    public void The_same_seed_makes_the_same_arrivals()
    {
        Assert.Equal(ArrivalSchedule.Poisson(50, 7).Take(100), ArrivalSchedule.Poisson(50, 7).Take(100));
        Assert.NotEqual(ArrivalSchedule.Poisson(50, 7).Take(100), ArrivalSchedule.Poisson(50, 8).Take(100));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void An_invalid_rate_is_rejected(double rate)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ArrivalSchedule.Constant(rate).First());
        Assert.Throws<ArgumentOutOfRangeException>(() => ArrivalSchedule.Poisson(rate, 1).First());
    }
}
