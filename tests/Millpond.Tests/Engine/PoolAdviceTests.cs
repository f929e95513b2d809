using Xunit;

namespace Millpond.Tests.Engine;

public sealed class PoolAdviceTests
{
    /// <summary>Computed independently: the smallest number whose p99 wait is at most half a hold.</summary>
    [Theory]
    [InlineData(2, 6)]
    [InlineData(5, 10)]
    [InlineData(10, 15)]
    [InlineData(20, 26)]
    [InlineData(50, 57)]
    public void The_number_of_connections_follows_from_Erlangs_C_formula(int busy, int needed)
    {
        var advice = PoolAdvice.For(busy * 50, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(10));

        Assert.Equal((needed, busy), (advice.Needed, advice.Busy));
    }

    [Fact]
    public void Without_the_idle_share_fewer_connections_are_needed()
    {
        var advice = PoolAdvice.For(500, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(10), idleShare: 0.5);

        Assert.Equal((15, 8), (advice.Needed, advice.NeededWithoutIdle));
    }

    [Fact]
    public void Without_load_one_connection_is_advised() =>
        Assert.Equal(1, PoolAdvice.For(0, TimeSpan.FromSeconds(1), TimeSpan.Zero).Needed);

    [Theory]
    [InlineData(-1, 1, 1, 0)]
    [InlineData(double.NaN, 1, 1, 0)]
    [InlineData(1, -1, 1, 0)]
    [InlineData(1, 1, -1, 0)]
    [InlineData(1, 1, 1, 1.5)]
    [InlineData(1_000_000, 1, 1, 0)]
    public void Impossible_values_are_rejected(double rate, int hold, int wait, double idle) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => PoolAdvice.For(rate, TimeSpan.FromSeconds(hold), TimeSpan.FromSeconds(wait), idle));
}
