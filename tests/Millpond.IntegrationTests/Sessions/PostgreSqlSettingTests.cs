using System.Data;
using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>A session's own settings on PostgreSQL: they travel in the first command's packet, and nobody sees that.</summary>
[Trait("Needs", "PostgreSQL")]
public class PostgreSqlSettingTests : SessionTestBase
{
    private const string Look = "select concat_ws(' ', current_setting('transaction_read_only'), " +
        "current_setting('transaction_isolation'), current_setting('statement_timeout'))";

    private static readonly DbSessionOptions Limited = new() { StatementTimeout = TimeSpan.FromSeconds(30) };

    private static readonly DbSessionOptions Reading = new()
    {
        Access = SessionAccess.ReadOnly,
        StatementTimeout = TimeSpan.FromSeconds(30),
    };

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    [Theory]
    [InlineData("")]
    [InlineData(";No Reset On Close=true")]   // then nothing but the transaction's end undoes them
    public async Task S16_Settings_apply_from_the_first_command_to_the_end_of_the_transaction(string more)
    {
        var engine = OfOneConnection(more);
        var own = new DbSessionOptions
        {
            Access = SessionAccess.ReadOnly,
            Isolation = IsolationLevel.RepeatableRead,
            StatementTimeout = TimeSpan.FromMilliseconds(12_345.6),
        };
        await using (var session = engine.OpenSession(own))
        {
            for (var transaction = 0; transaction < 2; transaction++)
            {
                Assert.Equal("on repeatable read 12346ms", await ScalarAsync<string>(session, Look, Token));
                Assert.Equal("on repeatable read 12346ms", await ScalarAsync<string>(session, Look, Token));
                await session.CommitAsync(Token);
            }
        }

        Assert.Equal("off read committed 0", await engine.RunAsync(
            (session, token) => ScalarAsync<string>(session, Look, token), cancellationToken: Token));
    }

    [Fact]
    public virtual async Task S16_A_sessions_value_wins_over_the_engines_and_the_engines_over_the_connection_strings()
    {
        var engine = CreateEngine(options =>
        {
            options.ConnectionString = PostgresUrl.ToConnectionString(Database.Url) +
                ";Options=-c statement_timeout=5s -c lock_timeout=6s";
            (options.PoolSize, options.MaxOverflow) = (1, 0);
            options.Session.Access = SessionAccess.ReadOnly;
            options.Session.Isolation = IsolationLevel.RepeatableRead;
            options.Session.StatementTimeout = TimeSpan.FromSeconds(70);
        });
        Assert.Equal("6s", await engine.RunAsync(
            (session, token) => ScalarAsync<string>(session, "show lock_timeout", token), cancellationToken: Token));
        Assert.Equal("on repeatable read 70s", await engine.RunAsync(
            (session, token) => ScalarAsync<string>(session, Look, token), cancellationToken: Token));
        var other = new DbSessionOptions
        {
            Access = SessionAccess.ReadWrite,
            Isolation = IsolationLevel.Serializable,
            StatementTimeout = TimeSpan.FromSeconds(8),
        };
        Assert.Equal("off serializable 8s", await engine.RunAsync(
            (session, token) => ScalarAsync<string>(session, Look, token), other, Token));
        Assert.Equal("on repeatable read 70s", await engine.RunAsync(
            (session, token) => ScalarAsync<string>(session, Look, token), cancellationToken: Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData(";No Reset On Close=true")]   // then the session's own return has to undo them
    public virtual async Task S16_In_autocommit_settings_hold_for_the_session_and_are_gone_with_it(string more)
    {
        var engine = OfOneConnection(more);
        var own = new DbSessionOptions
        {
            Mode = SessionMode.Autocommit,
            Access = SessionAccess.ReadOnly,
            Isolation = IsolationLevel.Serializable,
            StatementTimeout = TimeSpan.FromSeconds(9),
        };
        await using (var session = engine.OpenSession(own))
        {
            Assert.Equal("on serializable 9s", await ScalarAsync<string>(session, Look, Token));
            await Assert.ThrowsAsync<ReadOnlySessionException>(
                () => ExecuteAsync(session, "insert into users values (1, 'ada')", Token));
            await using var real = await session.BeginTransactionAsync(Token);
            Assert.Equal("on serializable 9s", await ScalarAsync<string>(session, Look, Token));
            await real.CommitAsync(Token);
        }

        await using var next = engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
        Assert.Equal("off read committed 0", await ScalarAsync<string>(next, Look, Token));
    }

    [Fact]
    public async Task S15_Rolling_back_to_a_savepoint_set_first_keeps_the_settings()
    {
        await using var session = Engine.OpenSession(Reading);
        await using (await session.BeginTransactionAsync(Token))
        {
            Assert.Equal("on read committed 30s", await ScalarAsync<string>(session, Look, Token));
        }

        Assert.Equal("on read committed 30s", await ScalarAsync<string>(session, Look, Token));
    }

    [Fact]
    public async Task S15_If_a_first_command_was_never_sent_the_next_one_sends_the_settings()
    {
        await using var session = Engine.OpenSession(Reading);
        await using var wrong = session.Connection.CreateCommand();
        wrong.CommandText = "select @p";
        wrong.Parameters.Add(new NpgsqlParameter { ParameterName = "p" });   // it has no value
        await Assert.ThrowsAsync<InvalidOperationException>(() => wrong.ExecuteScalarAsync(Token));
        Assert.Equal("on read committed 30s", await ScalarAsync<string>(session, Look, Token));
    }

    [Fact]
    public async Task S15_Settings_apply_to_work_on_the_drivers_connection()
    {
        await using var session = Engine.OpenSession(Reading);
        Assert.Equal("on read committed 30s", await session.UseProviderConnectionAsync<NpgsqlConnection, object?>(
            static async (connection, token) =>
            {
                await using var look = new NpgsqlCommand(Look, connection);
                return await look.ExecuteScalarAsync(token);
            },
            Token));
    }

    [Fact]
    public async Task S16_Settings_are_sent_once_and_do_not_override_later_ones_of_the_user()
    {
        await using var session = Engine.OpenSession(Limited);
        await ScalarAsync<string>(session, Look, Token);
        await ExecuteAsync(session, "set local statement_timeout = 40000", Token);
        Assert.Equal("off read committed 40s", await ScalarAsync<string>(session, Look, Token));
    }

    [Fact]
    public async Task S16_Results_and_counts_belong_to_the_users_own_statements()
    {
        await using var session = Engine.OpenSession(Limited);
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "insert into users values (1, 'ada'), (2, 'bob'); select name from users order by id; select 7";
        await using (var reader = await command.ExecuteReaderAsync(Token))
        {
            Assert.StartsWith("insert", command.CommandText, StringComparison.Ordinal);
            Assert.Equal(("name", 1, 2), (reader.GetName(0), reader.FieldCount, reader.RecordsAffected));
            Assert.True(await reader.ReadAsync(Token));
            Assert.Equal("ada", reader.GetString(0));
            Assert.True(await reader.NextResultAsync(Token));
            Assert.True(await reader.ReadAsync(Token));
            Assert.Equal(7, reader.GetInt32(0));
            Assert.False(await reader.NextResultAsync(Token));
        }

        await session.RollbackAsync(Token);
        Assert.Equal(1, await ExecuteAsync(session, "insert into users values (3, 'cyd')", Token));
        await session.RollbackAsync(Token);
        Assert.Equal(-1, await ExecuteAsync(session, "select 1", Token));
        await session.RollbackAsync(Token);
        await using var single = session.Connection.CreateCommand();
        single.CommandText = "select 1; select 2";
        await using var first = await single.ExecuteReaderAsync(CommandBehavior.SingleResult, Token);
        Assert.True(await first.ReadAsync(Token));
        Assert.False(await first.NextResultAsync(Token));
    }

    [Fact]
    public async Task S16_A_batch_reports_the_rows_of_each_command()
    {
        await using var session = Engine.OpenSession(Limited);
        await using var batch = session.Connection.CreateBatch();
        foreach (var sql in new[] { "insert into users values (1, 'ada')", "insert into users values (2, 'bob'), (3, 'cyd')" })
        {
            var one = batch.CreateBatchCommand();
            one.CommandText = sql;
            batch.BatchCommands.Add(one);
        }

        Assert.Equal(3, await batch.ExecuteNonQueryAsync(Token));
        Assert.Equal((2, 1, 2), (
            batch.BatchCommands.Count, batch.BatchCommands[0].RecordsAffected, batch.BatchCommands[1].RecordsAffected));
    }

    [Theory]
    [InlineData("select 1 from nowhere", false)]
    [InlineData("select $1 from nowhere", true)]
    [InlineData("select 7; select 1 from nowhere", false)]
    public async Task S16_An_errors_position_refers_to_the_users_text(string sql, bool positional)
    {
        List<(string State, int Position)> errors = [];
        foreach (var options in new[] { null, Limited })
        {
            await using var session = Engine.OpenSession(options);
            await using var command = session.Connection.CreateCommand();
            command.CommandText = sql;
            if (positional)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = 1 });
            }

            var error = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Token));
            errors.Add((error.SqlState, error.Position));
        }

        Assert.Equal(("42P01", 15 + (positional ? 1 : 0)), errors[0]);
        Assert.Equal(errors[0], errors[1]);
    }

    [Fact]
    public async Task S16_A_first_command_with_settings_can_be_cancelled_by_its_Cancel()
    {
        await using var session = Engine.OpenSession(Limited);
        await using var command = session.Connection.CreateCommand();
        command.CommandText = "select pg_sleep(60)";
        var running = command.ExecuteNonQueryAsync(Token);
        await using var other = CreateEngine(static options => options.PoolSize = 1);
        while (!running.IsCompleted && await other.RunAsync(
            (session, token) => ScalarAsync<long>(
                session, "select count(*) from pg_stat_activity where query = 'select pg_sleep(60)'", token),
            cancellationToken: Token) == 0)
        {
            await Task.Delay(5, Token);
        }

        command.Cancel();
        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => running);   // the driver's word for it
        Assert.Equal("57014", Assert.IsType<PostgresException>(error.InnerException).SqlState);
    }

    [Fact]
    public virtual async Task S16_In_autocommit_VACUUM_runs_which_no_transaction_may_contain()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions
        {
            Mode = SessionMode.Autocommit,
            StatementTimeout = TimeSpan.FromSeconds(30),
        });
        await ExecuteAsync(session, "vacuum users", Token);
    }

    private DbEngine OfOneConnection(string more) => CreateEngine(options =>
    {
        options.ConnectionString = PostgresUrl.ToConnectionString(Database.Url) + more;
        (options.PoolSize, options.MaxOverflow) = (1, 0);
    });
}
