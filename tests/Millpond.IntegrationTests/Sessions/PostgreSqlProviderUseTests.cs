using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>Work on Npgsql's own connection.</summary>
[Trait("Needs", "PostgreSQL")]
public class PostgreSqlProviderUseTests : PostgreSqlStateTestBase
{
    private const string CopyIn = "copy users (id, name) from stdin (format binary)";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task F06_COPY_runs_in_the_sessions_transaction_even_as_its_first_operation(bool commits)
    {
        await using var session = Engine.OpenSession();
        Assert.Equal(3UL, await session.UseProviderConnectionAsync<NpgsqlConnection, ulong>(
            (connection, token) => CopyAsync(connection, 3, token), Token));
        Assert.Equal(3, await ScalarAsync<long>(session, "select count(*) from users", Token));
        await session.UseProviderConnectionAsync<NpgsqlConnection>(
            async (connection, token) =>
            {
                await using var export = await connection.BeginBinaryExportAsync(
                    "copy users (id) to stdout (format binary)", token);
                Assert.Equal(1, await export.StartRowAsync(token));
                Assert.Equal(1, await export.ReadAsync<int>(token));
            },
            Token);
        Assert.Equal(0, await CountUsersAsync());   // not yet for anybody else
        await (commits ? session.CommitAsync(Token) : session.RollbackAsync(Token));
        Assert.Equal(commits ? 3 : 0, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task F06_The_work_has_exclusive_use_of_the_session()
    {
        await using var session = Engine.OpenSession();
        await session.UseProviderConnectionAsync<DbConnection>(
            async (_, token) =>
            {
                var error = await Assert.ThrowsAsync<SessionConcurrencyException>(
                    () => ScalarAsync<long>(session, "select 1", token));
                Assert.Equal("UseProviderConnectionAsync<DbConnection>", error.RunningCommand);
                await Assert.ThrowsAsync<SessionConcurrencyException>(() => session.CommitAsync(token));
                await Assert.ThrowsAsync<SessionConcurrencyException>(() => session.BeginTransactionAsync(token));
                await Assert.ThrowsAsync<SessionConcurrencyException>(() => UseAsync(session, (_, _) => Task.CompletedTask));
            },
            Token);
        await using var reader = await ReaderAsync(session, "select generate_series(1, 9)", Token);
        await Assert.ThrowsAsync<SessionConcurrencyException>(() => UseAsync(session, (_, _) => Task.CompletedTask));
    }

    [Fact]
    public async Task F06_Requesting_another_drivers_connection_is_rejected_with_the_actual_type()
    {
        await using var session = Engine.OpenSession();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => session.UseProviderConnectionAsync<SqliteConnection>((_, _) => Task.CompletedTask, Token));
        Assert.StartsWith(
            "Engine 'default' uses PostgreSQL: its connection is Npgsql.NpgsqlConnection, not Microsoft.Data.Sqlite.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Equal((0, SessionState.Idle), (Engine.GetSnapshot().InUse, session.State));
    }

    /// <summary>Gets a statement that takes a lock with number 77.</summary>
    protected virtual string Lock => "select pg_advisory_lock(77)";

    /// <summary>Gets whether a process of the server's serves one connection of the driver's and ends with it.</summary>
    protected virtual bool OwnsBackends => true;

    public static TheoryData<string, string> Misuses => new()
    {
        { "close", "closed the session's connection" },
        { "dispose", "closed the session's connection" },
        { "reopen", "ended the session's transaction" },
        { "commit", "ended the session's transaction" },
        { "rollback", "ended the session's transaction" },
        { "begin anew", "ended the session's transaction" },
        { "roll back to before", "ended the session's transaction" },
        { "reader", "left a reader or a COPY open" },
        { "copy in", "left a reader or a COPY open" },
        { "copy out", "left a reader or a COPY open" },
        { "swallowed", "caught the error of a failed statement" },
    };

    [Theory]
    [MemberData(nameof(Misuses))]
    public async Task F06_Work_that_ends_the_transaction_or_changes_the_connection_is_rejected_and_never_committed(
        string what, string told)
    {
        await using var stranger = await OpenStrangerAsync();
        var backend = 0;
        await using (var session = OneConnection.OpenSession())
        {
            backend = await BackendAsync(session);
            await using var inner = await session.BeginTransactionAsync(Token);
            await inner.CommitAsync(Token);
            await ExecuteAsync(session, "savepoint before", Token);
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => UseAsync(session, async (connection, token) =>
            {
                await RunAsync(connection, Lock, token);
                await MisuseAsync(connection, what, token);
            }));
            Assert.Contains(told, error.Message, StringComparison.Ordinal);
            Assert.Equal(what == "swallowed" ? SessionState.Aborted : SessionState.Lost, session.State);
            await Assert.ThrowsAsync<SessionAbortedException>(
                () => ExecuteAsync(session, "insert into users values (2, 'bob')", Token));
            var refused = await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
            Assert.Same(error, refused.InnerException);
            Assert.Equal(0, OneConnection.GetSnapshot().InUse);
        }

        await UntilAsync(stranger, Locks, 0);
        await UntilAsync(stranger, IdleInTransaction, 0);
        if (what != "swallowed" && OwnsBackends)
        {
            await UntilAsync(stranger, $"select count(*) from pg_stat_activity where pid = {backend}", 0);   // closed for good
        }

        Assert.Equal(0, await CountUsersAsync());
        await OneConnection.RunAsync(
            (session, token) => ExecuteAsync(session, "insert into users values (3, 'cleo')", token), cancellationToken: Token);
        Assert.Equal(1, await CountUsersAsync());
        await AssertNothingHeldAsync(OneConnection);
        if (OwnsBackends)
        {
            await UntilAsync(stranger, Backends, 1);
        }
    }

    [Fact]
    public async Task F06_After_work_that_throws_only_a_rollback_is_possible()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await using (await session.BeginTransactionAsync(token))
                {
                    await Assert.ThrowsAsync<InvalidTimeZoneException>(() => UseAsync(session, async (connection, inside) =>
                    {
                        await CopyAsync(connection, 0, inside);
                        await RunAsync(connection, "insert into users values (2, 'bob')", inside);
                        throw new InvalidTimeZoneException();
                    }));
                    Assert.Equal(SessionState.Aborted, session.State);
                    await Assert.ThrowsAsync<SessionAbortedException>(() => UseAsync(session, (_, _) => Task.CompletedTask));
                }

                await UseAsync(session, (connection, inside) => RunAsync(connection, "update users set name = 'eve'", inside));
            },
            cancellationToken: Token);
        Assert.Equal(1, await CountUsersAsync("name = 'eve'"));

        await Assert.ThrowsAsync<SessionAbortedException>(() => Engine.RunAsync(
            (session, _) => Assert.ThrowsAsync<InvalidTimeZoneException>(() => UseAsync(session, async (connection, token) =>
            {
                await RunAsync(connection, "insert into users values (2, 'bob'); commit; begin", token);
                await RunAsync(connection, "insert into users values (4, 'dan'); listen mill", token);
                throw new InvalidTimeZoneException();
            })),
            cancellationToken: Token));
        Assert.Equal(0, await CountUsersAsync("name = 'dan'"));   // what it committed itself is committed; nothing else
        await AssertNothingHeldAsync(Engine);
        await using var stranger = await OpenStrangerAsync();
        await UntilAsync(stranger, IdleInTransaction, 0);
    }

    [Fact]
    public async Task F06_Savepoints_and_deferred_work_keep_their_order()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                var transaction = await session.Connection.BeginTransactionAsync(token);
                await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
#pragma warning disable CA1849 // a library's synchronous Dispose: its rollback waits for the next operation
                transaction.Dispose();
#pragma warning restore CA1849
                await UseAsync(session, async (connection, inside) =>
                {
                    await using var count = new NpgsqlCommand("select count(*) from users", connection);
                    Assert.Equal(1L, await count.ExecuteScalarAsync(inside));
                });
                await using var inner = await session.BeginTransactionAsync(token);
                await UseAsync(session, (connection, inside) =>
                    RunAsync(connection, "savepoint theirs; insert into users values (3, 'cleo')", inside));
                await inner.RollbackAsync(token);
                await using var kept = await session.BeginTransactionAsync(token);
                await UseAsync(session, (connection, inside) =>
                    RunAsync(connection, "insert into users values (4, 'dan')", inside));
                await kept.CommitAsync(token);
            },
            cancellationToken: Token);
        Assert.Equal((2, 1), (await CountUsersAsync(), await CountUsersAsync("name = 'dan'")));
    }

    [Fact]
    public virtual async Task F06_The_connections_state_is_unknown_afterwards_and_reset_at_its_return()
    {
        await using var stranger = await OpenStrangerAsync();
        await WithoutTheDriversReset.RunAsync(
            (session, _) => UseAsync(session, (connection, token) => RunAsync(
                connection, "select pg_advisory_lock(77); set application_name = 'left'; prepare p as select 1", token)),
            cancellationToken: Token);
        Assert.Equal(0, await AskAsync<long>(stranger, Locks));
        await using var next = WithoutTheDriversReset.OpenSession();
        Assert.NotEqual("left", await ScalarAsync<string>(next, "show application_name", Token));
        Assert.Equal(0, await ScalarAsync<long>(next, "select count(*) from pg_prepared_statements where from_sql", Token));
    }

    private static Task UseAsync(DbSession session, Func<NpgsqlConnection, CancellationToken, Task> work) =>
        session.UseProviderConnectionAsync(work, Token);

    private static async Task<ulong> CopyAsync(NpgsqlConnection connection, int rows, CancellationToken token)
    {
        await using var import = await connection.BeginBinaryImportAsync(CopyIn, token);
        for (var id = 1; id <= rows; id++)
        {
            await import.WriteRowAsync(token, id, $"user {id}");
        }

        return await import.CompleteAsync(token);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken token)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(token);
    }

    private async Task MisuseAsync(NpgsqlConnection connection, string what, CancellationToken token)
    {
        switch (what)
        {
            case "close":
                await connection.CloseAsync();
                break;
            case "dispose":
                await connection.DisposeAsync();
                break;
            case "reopen":
                await connection.CloseAsync();
                await connection.OpenAsync(token);
                await RunAsync(connection, Lock, token);
                break;
            case "commit" or "rollback":
                await RunAsync(connection, what, token);
                break;
            case "begin anew":
                await RunAsync(connection, "commit; begin; insert into users values (1, 'ada')", token);
                break;
            case "roll back to before":
                await RunAsync(connection, "rollback to before; insert into users values (1, 'ada')", token);
                break;
            case "reader":
                var left = new NpgsqlCommand("select repeat('x', 1000) from generate_series(1, 3000000)", connection);
                Assert.True(await (await left.ExecuteReaderAsync(token)).ReadAsync(token));
                break;
            case "copy in":
                var import = await connection.BeginBinaryImportAsync(CopyIn, token);
                await import.WriteRowAsync(token, 1, "ada");
                break;
            case "copy out":
                await connection.BeginTextExportAsync("copy (select repeat('x', 1000) from generate_series(1, 3000000)) " +
                    "to stdout", token);
                break;
            default:
                await RunAsync(connection, "insert into users values (1, 'ada')", token);
                await Assert.ThrowsAsync<PostgresException>(() => RunAsync(connection, "select 1/0", token));
                break;
        }
    }
}
