using Millpond.IntegrationTests.Servers;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>A server that restarts under five hundred sessions a second (G12).</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class RestartTests
{
    private const int Rate = 500;

    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan After = TimeSpan.FromSeconds(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData((int)TestServerStop.Fast)]
    [InlineData((int)TestServerStop.Immediate)]
    public async Task G12_A_restart_under_load_fails_only_executing_work(int stop)
    {
        await using var server = await PostgresServer.StartOwnAsync();
        var url = await server.CreateDatabaseAsync(Token);
        await using var engine = DbEngine.Create(options =>
        {
            options.UsePostgreSql(url);
            options.QueueTarget = Timeout.InfiniteTimeSpan;   // however slow this machine is: it is not about overload
            options.MaxQueue = 10_000;
        });
        var load = new SteadyLoad(engine, Rate);
        await load.PrepareAsync();
        var sending = load.SendAsync();

        await Task.Delay(Before, Token);
        var stopped = load.Now;
        await server.StopAsync((TestServerStop)stop);
        await server.StartAgainAsync();
        var back = load.Now;
        load.EndAfter(After + TimeSpan.FromSeconds(1));
        await sending;
        var visits = load.Visits;

        var tried = visits.Where(static visit => visit.IsTriedAgain).ToList();
        var untried = visits.Where(static visit => !visit.IsTriedAgain).ToList();
        var unknown = tried.Where(static visit => visit.IsUnknown);
        Assert.InRange(unknown.Count(), 0, 15);   // their COMMIT was on its way, and nothing came back to ask by
        Assert.All(tried.Except(unknown), static visit => Assert.True(visit.Error is null, $"{visit}"));
        var failed = untried.Where(static visit => visit.Error is not null).ToList();
        Assert.All(failed, visit => Assert.True(visit.Came <= back && visit.Ended >= stopped, $"{visit}, {stopped} to {back}"));
        Assert.InRange(failed.Count, 0, 15 + 15);   // those that had one of the 15 connections, and those in line for a dead one
        Assert.All(visits, visit => Assert.True(visit.Ended - visit.Came < TimeSpan.FromSeconds(30), $"{visit}"));
        load.AssertServedSoonAfter(back);
        await load.AssertAllIsWellAsync();
    }
}
