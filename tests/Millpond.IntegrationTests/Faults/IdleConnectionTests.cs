using Millpond.IntegrationTests.Requests;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Pooled connections that die while nobody uses them, and statements that are lost when they have begun.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class IdleConnectionTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>, IAsyncLifetime
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private readonly SkippingTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        database.Proxy.Heal();
        await database.LookAsync("delete from transfers where amount = 0; select 0");
    }

    [Fact]
    public async Task S19_All_sessions_succeed_on_a_pool_of_a_hundred_dead_idle_connections()
    {
        await using var engine = await FilledAsync(10);
        for (var round = 1; round <= 3; round++)
        {
            Assert.True(await KillIdleAsync() > 0);
            _time.Skip(Idle);
            var before = await database.LookAsync("select count(*) from transfers");
            await Task.WhenAll(Enumerable.Range(0, 100).Select(at => engine.RunAsync(
                InsertAsync, new DbSessionOptions { Isolation = System.Data.IsolationLevel.Serializable }, Token)));
            Assert.Equal(before + 100, await database.LookAsync("select count(*) from transfers"));   // each has its effect once
            Assert.Equal((0, 0L), (engine.GetSnapshot().InUse, engine.GetSnapshot().Rollbacks));
        }
    }

    [Fact]
    public async Task S19_Sessions_of_every_mode_get_a_live_connection()
    {
        await using var engine = await FilledAsync(1);
        DbSessionOptions[] modes =
        [
            new() { Access = SessionAccess.ReadOnly, StatementTimeout = TimeSpan.FromMinutes(1) },
            new() { Mode = SessionMode.Autocommit },
            new() { Isolation = System.Data.IsolationLevel.RepeatableRead },
        ];
        foreach (var options in modes)
        {
            while (engine.GetSnapshot().InUse > 0)   // the answer to a read-only transaction's end comes behind
            {
                await Task.Delay(1, Token);
            }

            Assert.Equal(1, await KillIdleAsync());
            _time.Skip(Idle);
            Assert.Equal(1, await engine.RunAsync(
                static (session, token) => session.ScalarAsync("select 1", token), options, Token));
        }
    }

    [Fact]
    public async Task S19_A_ping_costs_one_round_trip_and_a_busy_connection_none()
    {
        await using var engine = await FilledAsync(1);
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(2, await CountAsync());
        }

        _time.Skip(Idle);
        Assert.Equal(3, await CountAsync());
        Assert.Equal(2, await CountAsync());

        Task<int> CountAsync() => database.Proxy.CountRoundTripsAsync(() => engine.RunAsync(
            static (session, token) => session.ScalarAsync("select 1", token), cancellationToken: Token));
    }

    [Fact]
    public async Task S19_A_connection_that_was_idle_in_an_autocommit_session_is_pinged()
    {
        await using var engine = await FilledAsync(1);
        await engine.RunAsync(
            async (session, token) =>
            {
                await session.ScalarAsync("select 1", token);
                _time.Skip(Idle);
            },
            new DbSessionOptions { Mode = SessionMode.Autocommit },
            Token);
        Assert.Equal(1, await KillIdleAsync());
        Assert.Equal(1, await engine.RunAsync(
            static (session, token) => session.ScalarAsync("select 1", token), cancellationToken: Token));
    }

    [Fact]
    public async Task S19_After_a_loss_idle_connections_are_pinged()
    {
        await using var engine = await FilledAsync(2);
        await using var other = engine.OpenSession();
        await other.ScalarAsync("select 1", Token);
        await database.LookAsync("select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where " +
            "datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'");

        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => other.ScalarAsync("select 1", Token));

        Assert.Equal(1, await engine.RunAsync(
            static (session, token) => session.ScalarAsync("select 1", token), cancellationToken: Token));
    }

    [Fact]
    public async Task S19_A_connection_that_does_not_answer_its_ping_is_replaced()
    {
        var time = new SkippingTime { Speed = 10 };
        await using var engine = await FilledAsync(1, time);
        database.Proxy.ApplyToAll(FaultKind.BlackHole);
        time.Skip(Idle);

        Assert.Equal(1, await engine.RunAsync(
            static (session, token) => session.ScalarAsync("select 1", token), cancellationToken: Token));
    }

    [Fact]
    public async Task S19_A_statement_terminated_by_an_operator_is_not_sent_again()
    {
        await database.LookAsync("create sequence if not exists runs; select setval('runs', 1)");
        await using var engine = await FilledAsync(1);
        var running = engine.RunAsync(
            static (session, token) => session.ScalarAsync("select nextval('runs') from pg_sleep(1)", token),
            cancellationToken: Token);
        await EndRunningAsync();

        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => running);

        Assert.True(error.IsTransient);
        await database.AtRestAsync("ended");
        Assert.Equal(1, await database.LookAsync("select last_value from runs"));   // it never came so far
        Assert.Equal((0L, 0), (engine.GetSnapshot().Retries, engine.GetSnapshot().InUse));
    }

    [Fact]
    public async Task S19_Effects_of_a_lost_statement_outside_its_transaction_are_not_repeated()
    {
        await database.LookAsync("create sequence if not exists draws; select setval('draws', 1)");
        await using var engine = await FilledAsync(1);
        var running = engine.RunAsync(
            static (session, token) => session.RunAsync("select nextval('draws'); select pg_sleep(10)", token),
            cancellationToken: Token);
        await EndRunningAsync();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => running);
        Assert.Equal(2, await database.LookAsync("select last_value from draws"));
    }

    [Fact]
    public async Task S17_With_retries_a_first_statement_whose_connection_was_lost_is_retried()
    {
        await using var engine = await FilledAsync(1);
        await KillIdleAsync();   // a moment ago: nobody pings
        var tries = 0;

        Assert.Equal(1, await engine.RunAsync(
            (session, token) =>
            {
                tries++;
                return session.ScalarAsync("select 1", token);
            },
            new DbSessionOptions { Retries = 1 },
            Token));

        Assert.Equal((2, 1L), (tries, engine.GetSnapshot().Retries));
    }

    [Fact]
    public async Task S19_A_session_that_lost_its_connection_continues_after_a_rollback()
    {
        await using var engine = await FilledAsync(1);
        await using var session = engine.OpenSession();
        await using var inner = await session.BeginTransactionAsync(Token);
        await KillIdleAsync();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => InsertAsync(session, Token));
        await Assert.ThrowsAsync<SessionAbortedException>(() => InsertAsync(session, Token));
        await session.RollbackAsync(Token);
        await InsertAsync(session, Token);
        var before = await database.LookAsync("select count(*) from transfers");
        await session.CommitAsync(Token);
        Assert.Equal(before + 1, await database.LookAsync("select count(*) from transfers"));
    }

    private static Task<int> InsertAsync(DbSession session, CancellationToken token) =>
        session.RunAsync($"insert into transfers values ('{Guid.NewGuid()}', 0)", token);

    /// <summary>Makes an engine whose connections are all open and idle.</summary>
    private async Task<DbEngine> FilledAsync(int size, TimeProvider? time = null)
    {
        var engine = database.CreateEngine(options =>
            (options.PoolSize, options.MaxOverflow, options.TimeProvider) = (size, 0, time ?? _time));
        await engine.WarmUpAsync(Token);
        await engine.RunAsync(static (session, token) => session.ScalarAsync("select 1", token), cancellationToken: Token);
        return engine;
    }

    private Task<long> KillIdleAsync() => database.LookAsync(
        "select count(*) filter (where pg_terminate_backend(pid, 5000)) from pg_stat_activity where state = 'idle' and " +
        "datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'");

    /// <summary>Ends what sleeps, as soon as it does.</summary>
    private async Task EndRunningAsync()
    {
        while (await database.LookAsync(
            "select count(*) filter (where pg_terminate_backend(pid, 5000)) from pg_stat_activity where " +
            "datname = current_database() and wait_event = 'PgSleep'") == 0)
        {
            await Task.Delay(5, Token);
        }
    }
}
