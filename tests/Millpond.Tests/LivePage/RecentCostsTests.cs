using Millpond.AspNetCore.LivePage;
using Xunit;

namespace Millpond.Tests.LivePage;

public sealed class RecentCostsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly RecentCosts _costs = new();

    [Fact]
    public void Costs_are_those_of_the_last_ten_seconds_and_include_current_holders()
    {
        Assert.Equal(("GET /old", 1.0), Top(0, Ledger("GET /old", 500)));
        for (var second = 1; second <= 12; second++)
        {
            Top(second, Ledger("GET /old", 500));
        }

        var holder = new HolderSnapshot
        {
            Operation = "POST /new", Held = TimeSpan.FromSeconds(60), Idle = TimeSpan.FromSeconds(45),
        };
        var now = _costs.Next(Start.AddSeconds(13), new EngineSnapshot
        {
            Operations = [Ledger("GET /old", 510)], Holders = [holder],
        });

        Assert.Equal(["GET /old", "POST /new"], now.Select(static one => one.Operation).Order());
        var held = now.Single(static one => one.Operation == "POST /new");
        Assert.Equal((0.75, 1, 10_000), (held.IdleShare, held.Holding, held.PoolTimeMs));   // the window, not the 60 s before it
    }

    [Fact]
    public void After_a_pause_they_are_measured_afresh()
    {
        Top(0, Ledger("GET /old", 500));

        Assert.Equal(("GET /old", 1.0), Top(3600, Ledger("GET /old", 501)));
        Assert.Equal(501_000, _costs.Next(Start.AddSeconds(7200), new EngineSnapshot
        {
            Operations = [Ledger("GET /old", 501)],
        })[0].PoolTimeMs);
    }

    [Fact]
    public void Only_the_costliest_are_kept()
    {
        var all = Enumerable.Range(1, 50).Select(static i => Ledger($"GET /{i}", i)).ToArray();

        var costs = _costs.Next(Start, new EngineSnapshot { Operations = all });

        Assert.Equal(["GET /50", "GET /49", "GET /48", "GET /47", "GET /46"], costs.Select(static one => one.Operation));
    }

    private static OperationSnapshot Ledger(string operation, int seconds) => new()
    {
        Operation = operation, Sessions = seconds, PoolTime = TimeSpan.FromSeconds(seconds),
    };

    private (string Operation, double Share) Top(int second, OperationSnapshot one)
    {
        var costs = _costs.Next(Start.AddSeconds(second), new EngineSnapshot { Operations = [one] });
        return costs is [var top, ..] ? (top.Operation, top.Share) : ("", 0);
    }
}
