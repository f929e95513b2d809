using Millpond.Connections;
using Millpond.Engine;
using Millpond.IntegrationTests.Requests;
using Millpond.Sessions;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Pooled connections that die while nobody uses them, and the statements that meet them.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class FirstStatementTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task S19_A_hundred_sessions_on_a_pool_of_dead_connections_all_succeed()
    {
        await using var engine = database.CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (10, 0));
        for (var round = 1; round <= 3; round++)
        {
            var holders = Enumerable.Range(0, 10).Select(_ => engine.OpenSession()).ToList();
            await Task.WhenAll(holders.Select(static session => session.RunAsync("select 1", Token)));
            foreach (var holder in holders)   // ten connections, then, and not one for several
            {
                await holder.CommitAsync(Token);
                await holder.DisposeAsync();
            }

            Assert.True(await KillIdleAsync() >= 10);
            var before = await database.LookAsync("select count(*) from transfers");
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => engine.RunAsync(InsertAsync, cancellationToken: Token)));
            Assert.Equal(before + 100, await database.LookAsync("select count(*) from transfers"));   // each has its effect once
            Assert.NotEqual(0, engine.GetSnapshot().Replays);
            Assert.Equal((0, 0L), (engine.GetSnapshot().InUse, engine.GetSnapshot().Rollbacks));
        }

        await RepairAsync();
    }

    [Fact]
    public async Task S19_What_travelled_in_front_of_the_first_statement_is_set_again()
    {
        await using var engine = await SingleAsync();
        await using var session = engine.OpenSession(
            new DbSessionOptions { Isolation = System.Data.IsolationLevel.Serializable });
        await using var outer = await session.BeginAsync(Token);
        await using var inner = await session.Connection.BeginTransactionAsync(Token);
        await inner.SaveAsync("mine", Token);
        await KillIdleAsync();
        await InsertAsync(session, Token);   // they are set here, with it
        Assert.Equal(1, await session.ScalarAsync(
            "select (current_setting('transaction_isolation') = 'serializable')::int", Token));
        await InsertAsync(session, Token);
        await inner.RollbackAsync("mine", Token);
        await InsertAsync(session, Token);
        await inner.CommitAsync(Token);
        await outer.CommitAsync(Token);
        var before = await database.LookAsync("select count(*) from transfers");
        await session.CommitAsync(Token);
        Assert.Equal(before + 1, await database.LookAsync("select count(*) from transfers"));
        Assert.Equal(1, engine.GetSnapshot().Replays);
        await RepairAsync();
    }

    [Fact]
    public async Task S19_A_first_statement_lost_in_the_middle_of_its_answer_is_sent_again_or_told_as_lost()
    {
        await using var engine = await SingleAsync();
        Task<long> AskAsync() => engine.RunAsync(
            static (session, token) => session.ScalarAsync("select 1 union all select 2", token), cancellationToken: Token);
        await CutTheAnswerAnywhereAsync(engine, AskAsync);
    }

    [Fact]
    public async Task S19_A_first_batch_lost_in_the_middle_of_its_answer_is_sent_again_or_told_as_lost()
    {
        await using var engine = await SingleAsync();
        Task<long> AskAsync() => engine.RunAsync(
            static async (session, token) =>
            {
                await using var batch = session.Connection.CreateBatch();
                for (var at = 0; at < 2; at++)
                {
                    var command = batch.CreateBatchCommand();
                    command.CommandText = "select 1 union all select 2";
                    batch.BatchCommands.Add(command);
                }

                return Convert.ToInt64(await batch.ExecuteScalarAsync(token), null);
            },
            cancellationToken: Token);
        await CutTheAnswerAnywhereAsync(engine, AskAsync);
    }

    [Fact]
    public async Task S19_Every_kind_of_first_statement_is_sent_again()
    {
        await using var engine = await SingleAsync();
        Func<DbSession, Task>[] firsts =
        [
            static session => session.ScalarAsync("select 1", Token),
            static async session =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = "select 1 union all select 2";
                await using var reader = await command.ExecuteReaderAsync(Token);
                Assert.True(await reader.ReadAsync(Token) && await reader.ReadAsync(Token) && !await reader.ReadAsync(Token));
            },
            static async session =>
            {
                await using var batch = session.Connection.CreateBatch();
                for (var at = 0; at < 2; at++)
                {
                    var command = batch.CreateBatchCommand();
                    command.CommandText = "update accounts set balance = balance";
                    batch.BatchCommands.Add(command);
                }

                Assert.Equal(4, await batch.ExecuteNonQueryAsync(Token));
            },
            static async session =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = "select @given::int";
                var given = command.CreateParameter();
                (given.ParameterName, given.Value) = ("given", 5);
                command.Parameters.Add(given);
                await command.PrepareAsync(Token);
                Assert.Equal(5, await command.ExecuteScalarAsync(Token));
            },
            static async session =>
            {
                await session.Connection.OpenAsync(Token);   // sends nothing
                await session.RunAsync("select 1", Token);
            },
        ];
        foreach (var (first, at) in firsts.Select(static (first, at) => (first, at)))
        {
            await engine.RunAsync((session, _) => session.ScalarAsync("select 1", Token), cancellationToken: Token);
            Assert.Equal(1, await KillIdleAsync());
            await engine.RunAsync((session, _) => first(session), cancellationToken: Token);
            Assert.Equal(at + 1, engine.GetSnapshot().Replays);
        }
    }

    [Fact]
    public async Task S19_A_statement_that_is_sent_again_costs_two_round_trips_more()
    {
        await using var engine = await SingleAsync();
        foreach (var (cut, trips) in new[] { (false, 2), (true, 4) })   // a sign of life, and itself
        {
            await engine.RunAsync((session, _) => session.ScalarAsync("select 1", Token), cancellationToken: Token);
            if (cut)
            {
                database.Proxy.Arm(new FaultPoint(FaultKind.Reset, WireSide.Client, 3));   // after BEGIN and a message
            }

            Assert.Equal(trips, await database.Proxy.CountRoundTripsAsync(() => engine.RunAsync(
                (session, _) => session.RunAsync("update accounts set balance = balance", Token), cancellationToken: Token)));
        }

        Assert.Equal(1, engine.GetSnapshot().Replays);
    }

    [Fact]
    public async Task S19_A_parameter_that_can_be_read_once_only_is_not_sent_again_and_the_error_says_so()
    {
        await database.LookAsync("create table if not exists files (data bytea); select 0");
        await using var engine = await SingleAsync();
        await KillIdleAsync();
        using var data = new MemoryStream([1, 2, 3]);
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
            async (session, token) =>
            {
                await using var command = session.Connection.CreateCommand();
                command.CommandText = "insert into files values (@data)";
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = ("data", data);
                command.Parameters.Add(parameter);
                await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken: Token));
        Assert.Contains("read once only (MemoryStream); give its bytes", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
        Assert.Equal((0L, 0), (engine.GetSnapshot().Replays, engine.GetSnapshot().InUse));
        Assert.Equal(0, await database.LookAsync("select count(*) from files"));
    }

    [Fact]
    public async Task S19_A_statement_that_commits_by_itself_is_not_sent_again()
    {
        await using var engine = await SingleAsync();
        await KillIdleAsync();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
            InsertAsync, new DbSessionOptions { Mode = SessionMode.Autocommit }, Token));
        Assert.Equal(0, engine.GetSnapshot().Replays);
    }

    [Fact]
    public async Task S19_Nothing_is_sent_again_once_the_server_has_answered_or_on_the_drivers_own_connection()
    {
        await using var engine = await SingleAsync();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
            async (session, token) =>
            {
                await session.RunAsync("select 1", token);
                await KillAsync("state like 'idle%'");
                await InsertAsync(session, token);
            },
            cancellationToken: Token));
        await engine.RunAsync((session, _) => session.ScalarAsync("select 1", Token), cancellationToken: Token);
        await KillIdleAsync();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
            (session, token) => session.UseProviderConnectionAsync<NpgsqlConnection, int>(
                static async (connection, own) =>
                {
                    await using var command = new NpgsqlCommand("select 1", connection);
                    return await command.ExecuteNonQueryAsync(own);
                },
                token),
            cancellationToken: Token));
        Assert.Equal(0, engine.GetSnapshot().Replays);
    }

    [Fact]
    public async Task S19_A_session_whose_second_connection_cannot_be_had_is_told_and_has_lost_its_transaction()
    {
        await using var engine = await SingleAsync();
        await using var session = engine.OpenSession();
        await using var inner = await session.BeginAsync(Token);
        await KillIdleAsync();
        await database.Proxy.RefuseAsync();
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => InsertAsync(session, Token));
        database.Proxy.Heal();
        await Assert.ThrowsAsync<SessionAbortedException>(() => InsertAsync(session, Token));
        await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        Assert.Equal(0, engine.GetSnapshot().InUse);
    }

    [Fact]
    public async Task S19_A_plan_that_a_migration_made_stale_is_made_anew()
    {
        await database.LookAsync(
            "drop table if exists shape; create table shape (a int); insert into shape values (1); select 0");
        await using var engine = await SingleAsync("&max auto prepare=10&auto prepare min usages=1");
        for (var round = 1; round <= 3; round++)
        {
            await engine.RunAsync((session, _) => session.RunAsync("select * from shape", Token), cancellationToken: Token);
            await database.LookAsync($"alter table shape add column more{round} int default {round}; select 0");
            Assert.Equal(round + 1, await engine.RunAsync(
                static async (session, token) =>
                {
                    await using var command = session.Connection.CreateCommand();
                    command.CommandText = "select * from shape";
                    await using var reader = await command.ExecuteReaderAsync(token);
                    Assert.True(await reader.ReadAsync(token));
                    return reader.FieldCount;
                },
                cancellationToken: Token));
            Assert.Equal(round, engine.GetSnapshot().Replays);
        }

        Assert.Equal(1, await CountConnectionsAsync());   // it is still the same

        // Not behind another statement: that one's work would be lost.
        await engine.RunAsync((session, _) => session.RunAsync("select * from shape", Token), cancellationToken: Token);
        await database.LookAsync("alter table shape add column last int; select 0");
        var error = await Assert.ThrowsAsync<PostgresException>(() => engine.RunAsync(
            async (session, token) =>
            {
                await session.RunAsync("select 1", token);
                await session.RunAsync("select * from shape", token);
            },
            cancellationToken: Token));
        Assert.Equal("0A000", error.SqlState);
    }

    [Fact]
    public async Task S19_A_plan_that_the_server_has_no_more_is_made_anew()
    {
        await using var engine = await SingleAsync("&max auto prepare=10&auto prepare min usages=1");
        for (var round = 1; round <= 2; round++)
        {
            await engine.RunAsync(
                static async (session, token) =>
                {
                    await session.ScalarAsync("select balance from accounts where id = 1", token);
                    await session.RunAsync("deallocate all", token);
                },
                cancellationToken: Token);
            Assert.True(await engine.RunAsync(
                (session, token) => session.ScalarAsync("select balance from accounts where id = 1", token),
                cancellationToken: Token) > 0);
            Assert.Equal(round, engine.GetSnapshot().Replays);
        }
    }

    /// <summary>Asks again and again, and cuts the connection before each message of the statement's answer in turn.</summary>
    private async Task CutTheAnswerAnywhereAsync(DbEngine engine, Func<Task<long>> ask)
    {
        var answer = (await database.Proxy.RecordAsync(ask)).Count(static message => message.From == WireSide.Server);
        var (again, lost) = (0, 0);
        for (var number = 1; number < answer; number++)   // the last one is COMMIT's
        {
            database.Proxy.Arm(new FaultPoint(FaultKind.Close, WireSide.Server, number));
            var error = await Record.ExceptionAsync(ask);
            database.Proxy.Heal();
            if (error is CommitOutcomeException)
            {
                break;   // the statement's own answer was complete
            }

            (again, lost) = error is null ? (again + 1, lost) : (again, lost + 1);
            Assert.True(error is null or DatabaseUnavailableException, $"Before message {number}: {error}");
            Assert.Equal(again, engine.GetSnapshot().Replays);
            Assert.Equal(1, await ask());   // and the next one finds nothing amiss
        }

        Assert.NotEqual(0, again);
        Assert.NotEqual(0, lost);
    }

    private static Task<int> InsertAsync(DbSession session, CancellationToken token) =>
        session.RunAsync($"insert into transfers values ('{Guid.NewGuid()}', 0)", token);

    private async Task<DbEngine> SingleAsync(string query = "")
    {
        var engine = database.CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0), query);
        await engine.RunAsync((session, _) => session.ScalarAsync("select 1", Token), cancellationToken: Token);
        return engine;
    }

    private Task<long> KillIdleAsync() => KillAsync("state = 'idle'");

    private async Task<long> KillAsync(string which) => await database.LookAsync(
        "select count(*) filter (where pg_terminate_backend(pid, 5000)) from pg_stat_activity " +
        $"where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and {which}");

    private Task<long> CountConnectionsAsync() => database.LookAsync(
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and " +
        "backend_type = 'client backend'");

    private Task<long> RepairAsync() => database.LookAsync("delete from transfers where amount = 0; select 0");
}
