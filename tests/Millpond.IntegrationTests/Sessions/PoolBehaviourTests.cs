using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>
/// What users of other pools rely on: SQLAlchemy's QueuePool and HikariCP hold the same behaviours in their own test suites.
/// </summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PoolBehaviourTests : SessionTestBase
{
    [Fact]
    public async Task G01_A_hundred_sequential_sessions_share_one_connection()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (3, 2));

        var pids = new HashSet<int>();
        for (var session = 0; session < 100; session++)
        {
            pids.Add(await engine.RunAsync(static (session, token) => PidAsync(session, token), cancellationToken: Token));
        }

        Assert.Single(pids);
    }

    [Fact]
    public async Task G01_Concurrent_sessions_never_share_a_connection_and_idle_ones_are_reused_first()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (3, 0));

        var first = await HoldAsync(engine, 3);
        await Task.WhenAll(first.Select(static held => held.Session.DisposeAsync().AsTask()));
        var second = await HoldAsync(engine, 3);
        await Task.WhenAll(second.Select(static held => held.Session.DisposeAsync().AsTask()));

        Assert.Equal(3, first.Select(static held => held.Pid).Distinct().Count());
        Assert.Equal(first.Select(static held => held.Pid).Order(), second.Select(static held => held.Pid).Order());
    }

    [Fact]
    public async Task G01_Overflow_connections_close_after_the_demand_and_the_pool_keeps_its_size()
    {
        await using var engine = Database.CreateEngine(Small("Connection Idle Lifetime=1;Connection Pruning Interval=1", 1, 3));

        var held = await HoldAsync(engine, 4);
        Assert.Equal(4, await ConnectionsAsync("overflow"));
        await Task.WhenAll(held.Select(static one => one.Session.DisposeAsync().AsTask()));

        await UntilAsync(async () => await ConnectionsAsync("overflow") == 1, "the overflow was closed");
        Assert.Equal(0, engine.GetSnapshot().InUse);
    }

    [Fact]
    public async Task G02_A_timed_out_wait_leaves_the_pool_unchanged_and_the_next_one_succeeds()
    {
        var engine = CreateEngine(static options =>
            (options.PoolSize, options.MaxOverflow, options.PoolTimeout) = (1, 1, TimeSpan.FromMilliseconds(200)));
        await engine.WarmUpAsync(Token);
        var held = await HoldAsync(engine, 2);

        var errors = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Assert.ThrowsAsync<PoolTimeoutException>(
            () => engine.RunAsync(static (session, token) => PidAsync(session, token), cancellationToken: Token))));
        await held[0].Session.DisposeAsync();
        var pid = await engine.RunAsync(static (session, token) => PidAsync(session, token), cancellationToken: Token);
        await held[1].Session.DisposeAsync();

        Assert.All(errors, static error => Assert.Equal("MILL1001", error.Code));
        Assert.Equal(held[0].Pid, pid);
        await AssertNothingHeldAsync(engine);
    }

    [Fact]
    public async Task G10_A_connection_past_its_lifetime_is_replaced_when_it_is_returned()
    {
        await using var engine = Database.CreateEngine(Small("Connection Lifetime=1", 1, 0));
        await using var session = engine.OpenSession();
        var first = await PidAsync(session, Token);

        await UntilAsync(async () => await AgeAsync(session) >= 1.1, "the connection was older than its lifetime");
        await session.RollbackAsync(Token);
        var second = await PidAsync(session, Token);

        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task G10_An_invalidated_connection_is_replaced_and_the_others_are_kept()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (2, 0));
        var held = await HoldAsync(engine, 2);

        await KillAsync(held[0].Pid);
        await Assert.ThrowsAnyAsync<MillpondException>(() => PidAsync(held[0].Session, Token));
        await Task.WhenAll(held.Select(static one => one.Session.DisposeAsync().AsTask()));
        var after = await HoldAsync(engine, 2);
        await Task.WhenAll(after.Select(static one => one.Session.DisposeAsync().AsTask()));

        Assert.DoesNotContain(held[0].Pid, after.Select(static one => one.Pid));
        Assert.Equal(2, after.Select(static one => one.Pid).Distinct().Count());
        await AssertNothingHeldAsync(engine);
    }

    [Fact]
    public async Task S21_A_returned_connection_is_reset_to_the_settings_of_its_login()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        var before = await engine.RunAsync(SettingsAsync, cancellationToken: Token);

        await engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "set search_path = pg_catalog", token);
                await ExecuteAsync(session, "set statement_timeout = 1234", token);
                await ExecuteAsync(session, "set session characteristics as transaction read only", token);
            },
            cancellationToken: Token);

        Assert.Equal(before, await engine.RunAsync(SettingsAsync, cancellationToken: Token));
    }

    [Fact]
    public async Task G16_Disposing_the_engine_closes_connections_in_use()
    {
        var engine = CreateEngine(Small("", 2, 1));
        var held = await HoldAsync(engine, 3);

        await engine.DisposeAsync();

        await UntilAsync(async () => await ConnectionsAsync("overflow") == 0, "every connection was closed");
        foreach (var (session, _) in held)
        {
            await Assert.ThrowsAnyAsync<MillpondException>(() => PidAsync(session, Token));
            await session.DisposeAsync();
        }
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();

    private static Task<int> PidAsync(DbSession session, CancellationToken token) =>
        ScalarAsync<int>(session, "select pg_backend_pid()", token);

    private static Task<string> SettingsAsync(DbSession session, CancellationToken token) => ScalarAsync<string>(
        session,
        "select concat_ws(' ', current_setting('search_path'), current_setting('statement_timeout'), " +
        "current_setting('transaction_read_only'))",
        token);

    private static Task<double> AgeAsync(DbSession session) => ScalarAsync<double>(
        session,
        "select extract(epoch from clock_timestamp() - backend_start) from pg_stat_activity where pid = pg_backend_pid()",
        Token);

    private static async Task<(DbSession Session, int Pid)[]> HoldAsync(DbEngine engine, int count)
    {
        var held = new (DbSession Session, int Pid)[count];
        for (var place = 0; place < count; place++)
        {
            var session = engine.OpenSession();
            held[place] = (session, await PidAsync(session, Token));
        }

        return held;
    }

    private static async Task UntilAsync(Func<Task<bool>> isTrue, string what)
    {
        var end = DateTime.UtcNow.AddSeconds(20);
        while (!await isTrue())
        {
            Assert.True(DateTime.UtcNow < end, $"In 20 s it was not so that {what}.");
            await Task.Delay(50, Token);
        }
    }

    /// <summary>A pool of its own name, with settings of the driver's.</summary>
    private Action<EngineOptions> Small(string settings, int poolSize, int overflow) => options =>
    {
        var text = new NpgsqlConnectionStringBuilder(Plain() + ";" + settings) { ApplicationName = "overflow" };
        options.ConnectionString = text.ConnectionString;
        (options.PoolSize, options.MaxOverflow) = (poolSize, overflow);
    };

    private async Task<long> ConnectionsAsync(string name)
    {
        await using var source = NpgsqlDataSource.Create(Plain() + ";Pooling=false");
        await using var command = source.CreateCommand(
            $"select count(*) from pg_stat_activity where application_name like '{name}%' and datname = current_database()");
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    private async Task KillAsync(int pid)
    {
        await using var source = NpgsqlDataSource.Create(Plain() + ";Pooling=false");
        await using var command = source.CreateCommand($"select pg_terminate_backend({pid}, 5000)");
        Assert.True((bool)(await command.ExecuteScalarAsync(Token))!);
    }

    private string Plain() => PostgresUrl.ToConnectionString(Database.Url);
}
