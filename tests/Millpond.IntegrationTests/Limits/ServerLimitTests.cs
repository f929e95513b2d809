using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Millpond.IntegrationTests.Limits;

/// <summary>What an engine makes of its server's limits when it starts: 16 connections for ordinary roles, 19 for superusers.
/// </summary>
[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
public sealed class ServerLimitTests(SmallServer server) : LimitTestBase(server), IClassFixture<SmallServer>
{
    [Theory]
    [InlineData("", -1, "max_connections is 20, of which 3 are reserved", 17, 12, 5)]
    [InlineData("connection limit 6", -1, "the limit of role '{role}' is 6", 6, 4, 2)]
    [InlineData("", 3, "the limit of database '{database}' is 3", 3, 2, 1)]
    [InlineData("connection limit 6", 3, "the limit of database '{database}' is 3", 3, 2, 1)]
    public async Task G17_A_pool_that_can_never_fit_stops_the_start_and_takes_no_connections(
        string role, int database, string limit, int ceiling, int poolSize, int overflow)
    {
        var url = await Server.CreateAsync(role, database);
        using var host = Host(url, 12, 6);

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));

        limit = limit.Replace("{role}", SmallServer.Role(url), StringComparison.Ordinal)
            .Replace("{database}", SmallServer.Database(url), StringComparison.Ordinal);
        Assert.Equal(
            $"Engine 'bank' cannot start: PoolSize 12 and MaxOverflow 6 make 18 connections, but the server can never open " +
            $"more than {ceiling}: {limit}. PoolSize {poolSize} and MaxOverflow {overflow} would fit one worker.",
            error.Message);
        Assert.Equal(2, await Server.ClientsAsync());   // the one that read the limit, and the test's own
    }

    [Fact]
    public async Task G17_An_engine_without_a_host_is_stopped_by_its_warm_up()
    {
        var url = await Server.CreateAsync("connection limit 5");
        await using var engine = CreateEngine(url, 6, 0);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => engine.WarmUpAsync(Token));
        Assert.Equal(
            $"Engine 'default' cannot start: PoolSize 6 and MaxOverflow 0 make 6 connections, but the server can never open " +
            $"more than 5: the limit of role '{SmallServer.Role(url)}' is 5. PoolSize 5 and MaxOverflow 0 would fit one worker.",
            error.Message);
    }

    [Fact]
    public async Task G17_A_pool_that_just_fits_logs_nothing()
    {
        var url = await Server.CreateAsync("connection limit 18", 17);
        using var host = Host(url, 12, 4);
        await host.StartAsync(Token);
        var now = host.Services.GetRequiredService<DbEngine>().GetSnapshot().ServerLimit!.Value;
        Assert.Equal(
            new ServerLimitSnapshot
            {
                Name = "max_connections", Usable = 16, Workers = 1, Wanted = 16, ReadAt = now.ReadAt,
                OtherClients = now.OtherClients,
            },
            now);
        Assert.Equal(13, await Server.ClientsAsync());
        Assert.Empty(Log.Of(LogLevel.Information));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task G17_A_superuser_is_limited_only_by_max_connections_and_may_use_reserved_ones()
    {
        var url = await Server.CreateAsync("superuser connection limit 2", 2);
        await using var engine = CreateEngine(url, 19, 0);
        await engine.WarmUpAsync(Token);
        Assert.Equal(20, await Server.ClientsAsync());   // so it is true
        Assert.Equal(("max_connections", 19, 19), Limit(engine));
        Assert.Empty(Log.Of(LogLevel.Information));
    }

    [Fact]
    public async Task G17_Other_clients_count_only_against_limits_that_they_share()
    {
        var url = await Server.CreateAsync("connection limit 9", 8);
        var elsewhere = new UriBuilder(url) { Path = "postgres" }.Uri.AbsoluteUri;
        var another = SmallServer.AsRole(url, SmallServer.Role(await Server.CreateAsync()));
        await using var ofTheRole = await SmallServer.OpenAsync(elsewhere);
        await using var alsoOfTheRole = await SmallServer.OpenAsync(elsewhere);
        await using (var engine = CreateEngine(url, 2, 2))
        {
            await engine.WarmUpAsync(Token);
            Assert.Equal(($"the limit of role '{SmallServer.Role(url)}'", 7, 4), Limit(engine));
        }

        await using var ofTheDatabase = await SmallServer.OpenAsync(another);
        await using var alsoOfTheDatabase = await SmallServer.OpenAsync(another);
        await using var namesake = CreateEngine(another, 1, 0);   // the same engine's name as another role is no worker of ours
        await namesake.WarmUpAsync(Token);
        await using (var engine = CreateEngine(url, 2, 2))
        {
            await engine.WarmUpAsync(Token);
            Assert.Equal(($"the limit of database '{SmallServer.Database(url)}'", 5, 4), Limit(engine));
        }
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("?application_name=mine", "at least ")]   // workers of one name are known by how much they hold
    public async Task G17_Workers_that_need_more_than_is_usable_are_warned_with_the_calculation(string query, string least)
    {
        var url = await Server.CreateAsync() + query;
        await using var first = CreateEngine(url, 6, 4);
        await first.WarmUpAsync(Token);
        Assert.Empty(Log.Of(LogLevel.Information));
        await using var second = CreateEngine(url, 6, 4);
        await second.WarmUpAsync(Token);
        var advice = $"{least}2 workers x 10 = 20 > 16 usable (max_connections 20 - 3 reserved - 1 other): PoolSize 5 and " +
            "MaxOverflow 3 would fit.";
        Assert.Equal(
            $"The server may refuse connections of engine 'default': {advice}",
            Assert.Single(Log.Of(LogLevel.Information)).Trim());
        Assert.Equal(advice, second.GetSnapshot().ServerLimit?.Advice);
    }

    [Fact]
    public async Task G17_A_full_server_limits_the_warm_up_but_not_the_start()
    {
        var url = await Server.CreateAsync();
        await using var first = CreateEngine(url, 10, 5);
        await first.WarmUpAsync(Token);
        await using var second = CreateEngine(url, 10, 5);
        await second.WarmUpAsync(Token);
        await UntilAsync(() => Log.Of(LogLevel.Warning).Any(static line => line.Contains("MILL2002", StringComparison.Ordinal)));
        Assert.InRange(await Server.ClientsAsync(), 12, 17);   // openings that run at once can refuse each other
        Assert.Equal(7, await second.RunAsync(static (session, token) => ScalarAsync(session, "select 7", token), null, Token));
    }

    [Fact]
    public async Task G17_An_earlier_worker_notices_later_workers_that_start_and_stop()
    {
        var url = await Server.CreateAsync();
        var time = new FakeTimeProvider();
        using var host = Host(url, 6, 4, options => options.TimeProvider = time);
        await host.StartAsync(Token);
        Assert.Equal("Healthy: The database answers.", await HealthAsync(host));
        await using (var second = CreateEngine(url, 6, 4, "bank"))
        {
            await second.WarmUpAsync(Token);
            Assert.Equal("Healthy: The database answers.", await HealthAsync(host));   // a reading holds for 10 s
            time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(
                "Degraded: 2 workers x 10 = 20 > 16 usable (max_connections 20 - 3 reserved - 1 other): PoolSize 5 and " +
                "MaxOverflow 3 would fit.",
                await HealthAsync(host));
        }

        await Server.UntilAsync(7);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("Healthy: The database answers.", await HealthAsync(host));
        Assert.Equal(
            "Engine 'bank' fits the server's connection limit again: 1 worker x 10 = 10 <= 16 usable (max_connections 20 - 3 " +
            "reserved - 1 other).",
            Log.Of(LogLevel.Information).Last().Trim());
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task G17_An_unreadable_limit_stops_nothing()
    {
        var url = await Server.CreateAsync();
        await using (var admin = await SmallServer.OpenAsync(
            new UriBuilder(Server.Server.AdminUrl) { Path = SmallServer.Database(url) }.Uri.AbsoluteUri))
        {
            await using var revoke = admin.CreateCommand();
            revoke.CommandText = "revoke select on pg_catalog.pg_stat_activity from public";
            await revoke.ExecuteNonQueryAsync(Token);
        }

        await using var engine = CreateEngine(url, 2, 40);
        await engine.WarmUpAsync(Token);
        Assert.Null(engine.GetSnapshot().ServerLimit);
        Assert.Empty(Log.Of(LogLevel.Information));
        Assert.Contains(Log.Of(LogLevel.Debug), static line => line.Contains("42501", StringComparison.Ordinal));
    }

    [Fact]
    public async Task G17_The_limit_is_read_every_minute_without_a_probe_and_the_finding_names_the_other_clients()
    {
        var url = await Server.CreateAsync();
        var time = new FakeTimeProvider();
        using var host = Host(url, 6, 4, options => options.TimeProvider = time);
        await host.StartAsync(Token);
        var engine = host.Services.GetRequiredService<DbEngine>();
        await using var second = CreateEngine(url, 6, 4, "bank");
        await second.WarmUpAsync(Token);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, engine.GetSnapshot().ServerLimit?.Workers);

        time.Advance(TimeSpan.FromSeconds(1));
        await UntilAsync(() => engine.GetSnapshot().Findings.Count > 0);

        Assert.Equal(2, engine.GetSnapshot().ServerLimit?.Workers);
        var found = Assert.Single(engine.GetSnapshot().Findings);
        Assert.Equal(
            (FindingKind.PoolTooLarge, "PoolSize 5 and MaxOverflow 3 would fit."), (found.Kind, found.Remedy));
        Assert.Equal(["unnamed (postgres, postgres): 1"], found.Sites);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task G17_A_probe_that_reads_the_limit_is_not_misled_by_connections_that_died_while_idle()
    {
        var url = await Server.CreateAsync();
        var time = new FakeTimeProvider();
        using var host = Host(url, 3, 0, options => options.TimeProvider = time);
        await host.StartAsync(Token);
        Assert.Equal("Healthy: The database answers.", await HealthAsync(host));
        await using (var admin = await SmallServer.OpenAsync(Server.Server.AdminUrl))
        {
            await using var end = admin.CreateCommand();
            end.CommandText = "select count(pg_terminate_backend(pid, 30000)) from pg_stat_activity where usename = " +
                $"'{SmallServer.Role(url)}'";
            Assert.Equal(3L, await end.ExecuteScalarAsync(Token));
        }

        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("Healthy: The database answers.", await HealthAsync(host));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task G17_Another_client_with_an_equally_long_name_is_not_a_worker()
    {
        var url = await Server.CreateAsync("connection limit 9");
        await using var stranger = await SmallServer.OpenAsync(url + "?application_name=psql");
        await using var engine = CreateEngine(url + "?application_name=mine", 2, 2);
        await engine.WarmUpAsync(Token);
        Assert.Equal(($"the limit of role '{SmallServer.Role(url)}'", 8, 4), Limit(engine));
    }

    [Fact]
    public async Task G17_A_name_too_long_for_the_server_still_distinguishes_workers()
    {
        var url = await Server.CreateAsync();
        var name = "Überweisungen_" + new string('x', 80);
        await using var first = CreateEngine(url, 1, 0, name);
        await first.WarmUpAsync(Token);
        await using var second = CreateEngine(url, 1, 0, name);
        await second.WarmUpAsync(Token);
        Assert.Equal(("max_connections", 16, 2), Limit(second));
    }

    private static (string? Name, int? Usable, int? Wanted) Limit(DbEngine engine) =>
        engine.GetSnapshot().ServerLimit is { } limit ? (limit.Name, limit.Usable, limit.Wanted) : default;
}
