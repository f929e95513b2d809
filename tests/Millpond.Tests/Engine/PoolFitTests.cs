using Millpond.Engine.Capacity;
using Millpond.Providers;
using Xunit;

#pragma warning disable MILLSEAM // limits that a provider would read

namespace Millpond.Tests.Engine;

public sealed class PoolFitTests
{
    [Theory]
    [InlineData(4, 10, 5, 100, 3, 50, "4 workers x 15 = 60 > 47 usable (max_connections 100 - 3 reserved - 50 others)",
        "PoolSize 8 and MaxOverflow 3 would fit")]
    [InlineData(1, 10, 5, 17, 0, 3, "1 worker x 15 = 15 > 14 usable (max_connections 17 - 3 others)",
        "PoolSize 10 and MaxOverflow 4 would fit")]
    [InlineData(2, 5, 0, 10, 1, 1, "2 workers x 5 = 10 > 8 usable (max_connections 10 - 1 reserved - 1 other)",
        "PoolSize 4 and MaxOverflow 0 would fit")]
    [InlineData(3, 1, 9, 10, 0, 0, "3 workers x 10 = 30 > 10 usable (max_connections 10)",
        "PoolSize 1 and MaxOverflow 2 would fit")]
    [InlineData(5, 10, 5, 10, 3, 3, "5 workers x 15 = 75 > 4 usable (max_connections 10 - 3 reserved - 3 others)",
        "not even one connection per worker fits; run fewer workers, let others use fewer connections, or raise the limit")]
    [InlineData(1, 1, 0, 10, 3, 9, "1 worker x 1 = 1 > 0 usable (max_connections 10 - 3 reserved - 9 others)",
        "not even one connection per worker fits; run fewer workers, let others use fewer connections, or raise the limit")]
    public void G17_A_pool_that_does_not_fit_is_reported_with_sizes_that_would(
        int workers, int poolSize, int overflow, int slots, int reserved, int others, string arithmetic, string remedy)
    {
        var fit = new PoolFit(Limits(workers, Bound("max_connections", slots, reserved, others)), poolSize, overflow);
        Assert.Equal((false, arithmetic, remedy), (fit.Fits, fit.Arithmetic, fit.Remedy));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(47)]
    public void G17_The_suggested_size_fits_and_one_more_would_not(int workers)
    {
        for (var poolSize = 1; poolSize < 40; poolSize++)
        {
            var overflow = 40 - poolSize;
            var limits = Limits(workers, Bound("max_connections", 50, 3, 0));
            var fit = new PoolFit(limits, poolSize, overflow);
            if (fit.Fits)
            {
                Assert.Equal(1, workers);   // 40 of 47
                continue;
            }

            var words = fit.Remedy.Split(' ');
            var (open, more) = (int.Parse(words[1], null), int.Parse(words[4], null));
            Assert.InRange(open, 1, poolSize);
            Assert.InRange(more, 0, overflow);
            Assert.True(new PoolFit(limits, open, more).Fits);
            Assert.False(new PoolFit(limits, open, more + 1).Fits);
        }
    }

    [Fact]
    public void G17_The_limit_with_fewest_free_connections_decides_now_and_the_lowest_one_for_good()
    {
        var limits = Limits(
            2,
            Bound("max_connections", 100, 3, 90),
            Bound("the limit of role 'ada'", 30),
            Bound("the limit of database 'b'", 40, 0, 25));
        var fit = new PoolFit(limits, 20, 12);
        Assert.Equal(
            ("2 workers x 32 = 64 > 7 usable (max_connections 100 - 3 reserved - 90 others)",
                "PoolSize 20 and MaxOverflow 12 make 32 connections, but the server can never open more than 30: the limit of " +
                "role 'ada' is 30. PoolSize 19 and MaxOverflow 11 would fit one worker."),
            (fit.Arithmetic, fit.Fault));
    }

    [Fact]
    public void G17_A_pool_of_exactly_the_usable_size_fits()
    {
        var fit = new PoolFit(Limits(2, Bound("max_connections", 33, 3)), 10, 5);
        Assert.Equal(
            (true, "2 workers x 15 = 30 <= 30 usable (max_connections 33 - 3 reserved)", "", null),
            (fit.Fits, fit.Arithmetic, fit.Remedy, fit.Fault));
        Assert.Null(new PoolFit(Limits(2, Bound("max_connections", 18, 3)), 10, 5).Fault);
        Assert.NotNull(new PoolFit(Limits(1, Bound("max_connections", 17, 3)), 10, 5).Fault);
    }

    [Fact]
    public void G17_Indistinguishable_workers_are_counted_as_at_least()
    {
        var limits = new ServerLimits { Bounds = [Bound("max_connections", 20, 3)], Workers = 2, CountsWorkers = false };
        Assert.StartsWith("at least 2 workers x 10 = 20 > 17 ", new PoolFit(limits, 6, 4).Arithmetic, StringComparison.Ordinal);
    }

    [Fact]
    public void G17_Behind_a_pooler_or_without_a_limit_everything_fits()
    {
        var pooled = new ServerLimits { Bounds = [Bound("max_connections", 2)], Workers = 9, IsBehindPooler = true };
        foreach (var limits in (ServerLimits[])[pooled, Limits(9)])
        {
            var fit = new PoolFit(limits, 100, 100);
            Assert.Equal((true, null, "", ""), (fit.Fits, fit.Fault, fit.Arithmetic, fit.Remedy));
        }
    }

    private static ServerLimits Limits(int workers, params ServerLimit[] bounds) => new() { Bounds = bounds, Workers = workers };

    private static ServerLimit Bound(string name, int slots, int reserved = 0, int others = 0) =>
        new() { Name = name, Slots = slots, Reserved = reserved, Others = others };
}
