using Microsoft.Data.Sqlite;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

public sealed class TransactionTests : SqliteTestBase
{
    [Fact]
    public async Task S05_A_swallowed_unique_violation_in_a_nested_savepoint_keeps_what_was_committed()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await using var outer = await session.BeginTransactionAsync(token);
                await using (await session.BeginTransactionAsync(token))
                {
                    await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
                    await Assert.ThrowsAsync<SqliteException>(
                        () => ExecuteAsync(session, "insert into users values (3, 'bob')", token));
                }

                await ExecuteAsync(session, "insert into users values (4, 'dan')", token);
                await outer.CommitAsync(token);
            },
            cancellationToken: Token);
        Assert.Equal((2, 0), (await CountUsersAsync("id in (1, 4)"), await CountUsersAsync("id = 2")));
    }

    [Theory]
    [InlineData("insert or rollback into users values (2, 'ada')")]
    [InlineData("insert into users values (-1, 'trigger')")]
    public async Task S05_An_error_after_which_SQLite_rolled_everything_back_is_detected(string write)
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(
            session,
            "create trigger guard before insert on users when new.id = -1 begin select raise(rollback, 'no'); end",
            Token);
        await session.CommitAsync(Token);
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        await Assert.ThrowsAsync<SqliteException>(() => ExecuteAsync(session, write, Token));
        Assert.Equal(SessionState.Lost, session.State);
        var refused = await Assert.ThrowsAsync<SessionAbortedException>(
            () => ExecuteAsync(session, "insert into users values (3, 'cleo')", Token));
        Assert.IsType<SqliteException>(refused.InnerException);
        await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task S05_A_rollback_that_the_driver_does_not_report_is_detected_at_commit()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);

        // Closed before its second statement, which the driver then executes, passing over its error.
        await (await ReaderAsync(session, "select 1; insert or rollback into users values (2, 'ada')", Token)).DisposeAsync();
        await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task S05_A_foreign_key_that_fails_at_commit_is_the_databases_own_error_and_rolls_back()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(
            session,
            "create table notes (id integer primary key, owner int references users (id) deferrable initially deferred)",
            Token);
        await session.CommitAsync(Token);
        await ExecuteAsync(session, "insert into users values (1, 'ada'); insert into notes values (1, 7)", Token);
        var error = await Assert.ThrowsAsync<SqliteException>(() => session.CommitAsync(Token));
        Assert.Equal(787, error.SqliteExtendedErrorCode);   // SQLITE_CONSTRAINT_FOREIGNKEY
        Assert.Equal(0, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S11_Savepoint_names_are_quoted()
    {
        await using var session = Engine.OpenSession();
        await using var transaction = await session.Connection.BeginTransactionAsync(Token);
        await transaction.SaveAsync("odd \"name\"; drop table users", Token);
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        await transaction.RollbackAsync("odd \"name\"; drop table users", Token);
        await transaction.CommitAsync(Token);
        await session.CommitAsync(Token);
        Assert.Equal(0, await CountUsersAsync());
    }
}
