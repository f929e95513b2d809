using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Transactions;
using Dapper;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What a session's connection must be for ADO.NET and Dapper, on every database.</summary>
public abstract class FacadeRules : SessionTestBase
{
    /// <summary>Gets the name of the driver's classes: <c>Npgsql</c>, <c>Sqlite</c>.</summary>
    protected abstract string Driver { get; }

    [Fact]
    public async Task F01_It_is_open_from_the_start_and_closing_it_does_nothing()
    {
        await using var session = Engine.OpenSession();
        var connection = session.Connection;
        Assert.Equal((ConnectionState.Open, 0), (connection.State, Engine.GetSnapshot().InUse));

        await using (connection)
        {
            Assert.Equal(1, await ScalarAsync<int>(session, "select 1", Token));
        }

        connection.Close();
        connection.Dispose();
        await connection.CloseAsync();
        Assert.Equal((ConnectionState.Open, 2), (connection.State, await ScalarAsync<int>(session, "select 2", Token)));
    }

    [Fact]
    public async Task F01_Opening_it_takes_a_connection()
    {
        await using var session = Engine.OpenSession();
        await session.Connection.OpenAsync(Token);
        Assert.Equal((1, SessionState.Active), (Engine.GetSnapshot().InUse, session.State));
    }

    [Fact]
    public async Task F01_CloseConnection_behaviour_does_not_close_the_connection()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        await using (var command = session.Connection.CreateCommand())
        {
            command.CommandText = "select name from users";
            await using var reader = await command.ExecuteReaderAsync(CommandBehavior.CloseConnection, Token);
            Assert.True(await reader.ReadAsync(Token));
        }

        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task F02_Parameters_are_the_drivers_own_and_building_a_command_takes_no_connection()
    {
        await using var session = Engine.OpenSession();
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select @name";
        var parameter = command.CreateParameter();
        Assert.Equal($"{Driver}Parameter", parameter.GetType().Name);
        Assert.NotEqual("Millpond", parameter.GetType().Assembly.GetName().Name);
        (parameter.ParameterName, parameter.Value) = ("@name", "ada");
        command.Parameters.Add(parameter);
        Assert.Equal((0, session.Connection), (Engine.GetSnapshot().InUse, command.Connection));
        Assert.Equal("ada", await command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task F03_It_has_the_drivers_class_name_and_factory()
    {
        await using var session = Engine.OpenSession();
        Assert.Equal($"{Driver}Connection", session.Connection.GetType().Name);
        Assert.False(session.Connection.GetType().IsPublic);
        Assert.Equal($"{Driver}Factory", DbProviderFactories.GetFactory(session.Connection)!.GetType().Name);
    }

    [Fact]
    public async Task F04_The_connection_string_is_the_engines_without_password()
    {
        await using var one = Engine.OpenSession();
        await using var two = Engine.OpenSession();
        Assert.Equal(one.Connection.ConnectionString, two.Connection.ConnectionString);
        Assert.NotEmpty(one.Connection.ConnectionString);
        Assert.DoesNotContain("password", one.Connection.ConnectionString, StringComparison.OrdinalIgnoreCase);
        Assert.Throws<NotSupportedException>(() => one.Connection.ConnectionString = "x");
        Assert.Throws<NotSupportedException>(() => one.Connection.ChangeDatabase("x"));
    }

    [Fact]
    public async Task F04_Preparing_and_reading_the_schema_work()
    {
        await using var session = Engine.OpenSession();
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select id, name from users";
        await command.PrepareAsync(Token);
        await using (var reader = await command.ExecuteReaderAsync(Token))
        {
            Assert.Equal(["id", "name"], (await reader.GetColumnSchemaAsync(Token)).Select(static column => column.ColumnName));
        }

        Assert.NotEmpty((await session.Connection.GetSchemaAsync(Token)).Rows);
    }

    [Fact]
    public async Task F05_A_reader_used_after_its_session_is_an_error()
    {
        var session = Engine.OpenSession();
        var reader = await ReaderAsync(session, "select name from users", Token);
        await session.DisposeAsync();
        await Assert.ThrowsAsync<SessionEndedException>(() => reader.ReadAsync(Token));
        await Assert.ThrowsAsync<SessionEndedException>(() => reader.NextResultAsync(Token));
        Assert.Throws<SessionEndedException>(() => reader.GetValue(0));
        await reader.DisposeAsync();
        reader.Dispose();
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task F07_BeginTransaction_sets_a_savepoint()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await using (var kept = await session.Connection.BeginTransactionAsync(token))
                {
                    const string ada = "insert into users values (1, 'ada')";
                    var command = new CommandDefinition(ada, transaction: kept, cancellationToken: token);
                    await session.Connection.ExecuteAsync(command);
                    await kept.SaveAsync("here", token);
                    await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
                    await kept.RollbackAsync("here", token);
                    await kept.CommitAsync(token);
                }

                await using (await session.Connection.BeginTransactionAsync(token))
                {
                    await ExecuteAsync(session, "insert into users values (3, 'cleo')", token);
                }

                using (await session.Connection.BeginTransactionAsync(token))   // undone before the next use
                {
                    await ExecuteAsync(session, "insert into users values (4, 'dan')", token);
                }
            },
            cancellationToken: Token);
        Assert.Equal((1, 1), (await CountUsersAsync(), await CountUsersAsync("id = 1")));
    }

    [Fact]
    public async Task F07_A_disposed_transaction_ends_immediately()
    {
        var hooks = 0;
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                var transaction = await session.Connection.BeginTransactionAsync(token);
                session.AfterCommit(_ => Task.FromResult(hooks += 10));
                await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
                await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(session, "insert into nowhere values (1)", token));
                transaction.Dispose();
                Assert.Equal((null, SessionState.Active), (transaction.Connection, session.State));
                session.AfterCommit(_ => Task.FromResult(hooks++));
                session.RequireOutermost();
                await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync(token));
                await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.RollbackAsync(token));
                await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.SaveAsync("x", token));
                await using var command = session.Connection.CreateCommand();
                (command.CommandText, command.Transaction) = ("select count(*) from users", transaction);
                Assert.Equal(1, Convert.ToInt32(await command.ExecuteScalarAsync(token), CultureInfo.InvariantCulture));
            },
            cancellationToken: Token);
        Assert.Equal((1, 1), (await CountUsersAsync(), hooks));
    }

    [Theory]
    [InlineData(SessionMode.Transaction)]
    [InlineData(SessionMode.Autocommit)]
    public async Task F07_Disposing_a_transaction_beside_an_open_reader_preserves_the_first_error(SessionMode mode)
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { Mode = mode });
        DbDataReader? reader = null;
        await Assert.ThrowsAsync<InvalidTimeZoneException>(async () =>
        {
            await using var transaction = await session.Connection.BeginTransactionAsync(Token);
            await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
            reader = await ReaderAsync(session, "select 1 union all select 2", Token);
            Assert.True(await reader.ReadAsync(Token));
            throw new InvalidTimeZoneException();
        });
        if (mode == SessionMode.Autocommit || Driver == "Npgsql")   // SQLite's readers outlive a savepoint
        {
            Assert.True(reader!.IsClosed);
        }

        await reader!.DisposeAsync();
        await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
        await session.CommitAsync(Token);
        Assert.Equal((1, 1), (await CountUsersAsync(), await CountUsersAsync("id = 2")));
    }

    [Fact]
    public async Task F05_A_synchronously_closed_reader_is_closed_immediately_and_knows_its_row_count()
    {
        await using var session = Engine.OpenSession();
        var reader = await ReaderAsync(session, "insert into users values (1, 'ada'), (2, 'bob') returning id", Token);
        Assert.True(await reader.ReadAsync(Token));
        reader.Close();
        Assert.True(reader.IsClosed);
        Assert.Throws<InvalidOperationException>(() => reader.GetInt32(0));
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader.ReadAsync(Token));
        await reader.DisposeAsync();
        await session.CommitAsync(Token);
        Assert.Equal((2, 2), (reader.RecordsAffected, await CountUsersAsync()));
    }

    [Fact]
    public async Task S10_Synchronous_disposal_of_a_reader_does_not_block_and_it_is_closed_before_the_next_command()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                using (var reader = await ReaderAsync(session, "select name from users union all select 'x'", token))
                {
                    Assert.True(await reader.ReadAsync(token));
                }

                Assert.Equal(1, await ScalarAsync<int>(session, "select count(*) from users", token));
            },
            cancellationToken: Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task Dapper_reads_multiple_results_and_streams_unbuffered()
    {
        await using var session = Engine.OpenSession();
        await session.Connection.ExecuteAsync(
            "insert into users values (@id, @name)", new[] { new { id = 1, name = "ada" }, new { id = 2, name = "bob" } });
        const string both = "select count(*) from users; select name from users order by id";
        await using (var grid = await session.Connection.QueryMultipleAsync(both))
        {
            Assert.Equal(2, await grid.ReadSingleAsync<long>());
            Assert.Equal(["ada", "bob"], await grid.ReadAsync<string>());
        }

        List<string> names = [];
        await foreach (var name in session.Connection.QueryUnbufferedAsync<string>("select name from users order by id desc"))
        {
            names.Add(name);
        }

        Assert.Equal(["bob", "ada"], names);
        Assert.Equal("ada", await session.Connection.QueryFirstAsync<string>("select name from users order by id"));
        await session.CommitAsync(Token);
        Assert.Equal(2, await CountUsersAsync());
    }

    [Fact]
    public async Task S13_Every_synchronous_call_is_rejected_and_counted()
    {
        await using var session = Engine.OpenSession();
        var connection = session.Connection;
        await using var command = connection.CreateCommand();
        command.CommandText = "select 1 union all select 2";
        var transaction = await connection.BeginTransactionAsync(Token);
        await using var reader = await command.ExecuteReaderAsync(Token);
        Action[] calls =
        [
            connection.Open, () => connection.BeginTransaction(), () => connection.GetSchema(),
            () => command.ExecuteNonQuery(), () => command.ExecuteScalar(), () => command.ExecuteReader(), command.Prepare,
            () => reader.Read(), () => reader.NextResult(),
            transaction.Commit, transaction.Rollback, () => transaction.Save("x"), () => transaction.Rollback("x"),
            () => transaction.Release("x"),
        ];
        foreach (var call in calls)
        {
            var error = Assert.Throws<SynchronousCallException>(call);
            Assert.StartsWith(error.Member, error.Message, StringComparison.Ordinal);
            Assert.Contains("Async", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(calls.Length, Engine.GetSnapshot().SynchronousCalls);
        command.Cancel();
        reader.Close();
        transaction.Dispose();
        connection.Close();
    }

    [Theory]
    [InlineData(SyncCalls.Allow)]
    [InlineData(SyncCalls.Warn)]
    public async Task S13_An_engine_can_allow_synchronous_calls(SyncCalls policy)
    {
        var engine = CreateEngine(options => options.SyncCalls = policy);
        await engine.RunAsync(
            (session, _) =>
            {
                var connection = session.Connection;
                connection.Open();
                using (var transaction = connection.BeginTransaction())
                using (var command = connection.CreateCommand())
                {
                    command.CommandText = "insert into users values (1, 'ada')";
                    Assert.Equal(1, command.ExecuteNonQuery());
                    transaction.Commit();
                }

                Assert.Equal("ada", connection.QuerySingle<string>("select name from users"));
                return Task.CompletedTask;
            },
            cancellationToken: Token);
        Assert.Equal(1, await CountUsersAsync());
        Assert.NotEqual(0, engine.GetSnapshot().SynchronousCalls);
    }

    [Theory]
    [InlineData(TransactionScopeAsyncFlowOption.Suppress)]
    [InlineData(TransactionScopeAsyncFlowOption.Enabled)]
    public async Task S20_A_TransactionScope_is_rejected_for_synchronous_calls(TransactionScopeAsyncFlowOption flow)
    {
        var engine = CreateEngine(static options => options.SyncCalls = SyncCalls.Allow);
        await using var session = engine.OpenSession();
        var connection = session.Connection;
        using var command = connection.CreateCommand();
        command.CommandText = "insert into users values (1, 'ada')";
        (string, Action)[] calls =
        [
            ("Open", connection.Open), ("GetSchema", () => connection.GetSchema()),
            ("BeginTransaction", () => connection.BeginTransaction()), ("Prepare", command.Prepare),
            ("ExecuteNonQuery", () => command.ExecuteNonQuery()), ("ExecuteScalar", () => command.ExecuteScalar()),
            ("ExecuteReader", () => command.ExecuteReader()),
        ];
        using (new TransactionScope(flow))
        {
            var accepted = calls.Where(static call => Record.Exception(call.Item2) is not NotSupportedException)
                .Select(static call => call.Item1);
            Assert.Empty(accepted);
        }

        Assert.Equal(SessionState.Idle, session.State);
        Assert.Equal(1, command.ExecuteNonQuery());   // and no thread of the pool is left inside the scope
        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }
}
