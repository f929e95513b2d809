using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Faults while 150 sessions a second come.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class FaultsUnderLoadTests : IAsyncLifetime
{
    private const int Rate = 150;
    private const int Connections = 15;

    private ScratchDatabase _database = null!;
    private FaultProxy _proxy = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await ScratchDatabase.PostgreSqlAsync();
        _proxy = FaultProxy.Start(_database.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("one backend")]
    [InlineData("every backend")]
    [InlineData("every connection, without a word")]
    public async Task G12_Dying_connections_fail_only_executing_work_and_nothing_that_can_be_retried(string what)
    {
        await using var engine = CreateEngine();
        var load = new SteadyLoad(engine, Rate);
        await load.PrepareAsync();
        var sending = load.SendAsync();
        const int faults = 6;
        for (var fault = 0; fault < faults; fault++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(400), Token);
            await StrikeAsync(what);
        }

        var last = load.Now;
        load.EndAfter(TimeSpan.FromSeconds(1.5));
        await sending;

        var tried = load.Visits.Where(static visit => visit.IsTriedAgain).ToList();
        Assert.All(tried, static visit => Assert.True(visit.Error is null || visit.IsUnknown, $"{visit}"));
        Assert.InRange(tried.Count(static visit => visit.IsUnknown), 0, faults * 3);   // COMMITs that were on their way
        var failed = load.Visits.Where(static visit => visit is { Error: not null, IsTriedAgain: false }).ToList();
        Assert.InRange(failed.Count, 0, faults * Connections);
        var noticed = last + TimeSpan.FromSeconds(0.5);   // what was used more recently is not pinged
        Assert.All(failed, visit => Assert.True(visit.Came <= noticed, $"{visit}, the last fault at {last}"));
        load.AssertServedSoonAfter(last);
        await load.AssertAllIsWellAsync();
    }

    [Fact]
    public async Task G12_A_server_that_accepts_but_never_answers_is_down_and_its_recovery_is_noticed_within_two_seconds()
    {
        var limit = TimeSpan.FromSeconds(1);
        await using var engine = CreateEngine(options => options.CleanupTimeout = options.PoolTimeout = limit);
        var load = new SteadyLoad(engine, Rate, limit);
        await load.PrepareAsync();
        var sending = load.SendAsync();
        await Task.Delay(TimeSpan.FromSeconds(1), Token);

        _proxy.DropEverything();
        var silent = load.Now;
        while (engine.GetSnapshot().DownSince is null)   // what hung is given up, and openings hang in turn
        {
            Assert.True(load.Now - silent < TimeSpan.FromSeconds(20), "It was never down.");
            await Task.Delay(50, Token);
        }

        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        _proxy.Heal(resets: false);   // those that lost bytes stay as they are: nobody resets them
        var back = load.Now;
        load.EndAfter(TimeSpan.FromSeconds(4));
        await sending;

        // Its own time, what a COMMIT may take that nobody answers and the question for its outcome, and what a machine adds.
        var longest = load.Visits.MaxBy(static visit => visit.Ended - visit.Came)!;
        Assert.True(longest.Ended - longest.Came < (3 * limit) + TimeSpan.FromSeconds(2), $"{longest}");
        load.AssertServedSoonAfter(back);
        Assert.DoesNotContain(
            load.Visits, visit => visit.Came > back + TimeSpan.FromSeconds(2.5) && visit.Error is not null);
        await load.AssertAllIsWellAsync();
    }

    [Fact]
    public async Task G12_A_server_with_only_ten_free_connections_serves_all_requests_through_those()
    {
        var role = PostgresUrl.Database(_database.Url) + "_few";
        await RunAsync($"create role {role} login password 'pw' connection limit 15; grant all on schema public to {role}");
        using var log = new LogBook();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        try
        {
            await using var engine = CreateEngine(options =>
            {
                options.ConnectionString = new UriBuilder(_database.Url) { UserName = role, Password = "pw" }.Uri.AbsoluteUri;
                options.LoggerFactory = loggers;
            });
            var load = new SteadyLoad(engine, Rate);
            await load.PrepareAsync();
            await RunAsync($"alter role {role} connection limit 10");
            var slow = Enumerable.Range(0, 200).Select(_ => engine.RunAsync(
                static (session, token) => session.ExecuteAsync($"select pg_sleep(0.03)", token),
                cancellationToken: Token)).ToList();   // so that all fifteen are wanted
            load.EndAfter(TimeSpan.FromSeconds(3));
            await load.SendAsync();
            await Task.WhenAll(slow);

            var patience = load.Now + TimeSpan.FromSeconds(20);
            while (!log.Of(LogLevel.Warning).Any(static line => line.Contains("refused a connection of engine", default)))
            {
                Assert.True(load.Now < patience, "The refusal was not told.");   // it is, with the limits, which are read first
                await Task.Delay(20, Token);
            }

            Assert.DoesNotContain(load.Visits, static visit => visit.Error is not null);
            await load.AssertAllIsWellAsync();
        }
        finally
        {
            await RunAsync($"drop owned by {role}; drop role {role}");
        }
    }

    private DbEngine CreateEngine(Action<EngineOptions>? configure = null) => DbEngine.Create(options =>
    {
        options.UsePostgreSql();
        options.ConnectionString = $"{_proxy.GetUrl(_database.Url)}?sslmode=disable";
        // However slow this machine is: it is not about overload.
        (options.QueueTarget, options.PoolTimeout) = (Timeout.InfiniteTimeSpan, TimeSpan.FromMinutes(5));
        configure?.Invoke(options);
    });

    private async Task StrikeAsync(string what)
    {
        if (what.StartsWith("every connection", StringComparison.Ordinal))
        {
            _proxy.ApplyToAll(FaultKind.Reset);
            return;
        }

        await RunAsync(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> " +
            $"pg_backend_pid() order by random() limit {(what == "one backend" ? 1 : 100)}");
    }

    /// <summary>Runs something beside the engine and the proxy.</summary>
    private async Task RunAsync(string sql)
    {
        await using var other = new NpgsqlConnection(PostgresUrl.ToUnpooled(_database.Url));
        await other.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, other);
        await command.ExecuteNonQueryAsync(Token);
    }
}
