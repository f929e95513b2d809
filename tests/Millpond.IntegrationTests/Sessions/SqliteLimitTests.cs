using System.Data.Common;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

public sealed class SqliteLimitTests : LimitRules
{
    protected override string EndlessQuery => Counting("select count(*) from n", 100_000_000_000);

    protected override string SlowQuery => Counting("select count(*) from n", 3_000_000);

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.SqliteAsync();

    protected override void AssertStopped(DbException stopped)
    {
        Assert.Equal(9, Assert.IsType<SqliteException>(stopped).SqliteErrorCode);
        Assert.Equal(
            "SQLite Error 9: 'interrupted: the statement exceeded its StatementTimeout of 0.1 s'.", stopped.Message);
    }

    [Fact]
    public async Task S16_A_write_that_takes_too_long_aborts_its_transaction()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { StatementTimeout = TimeSpan.FromMilliseconds(100) });
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        AssertStopped(await Assert.ThrowsAsync<SqliteException>(() => ExecuteAsync(
            session, $"insert into users (name) {Counting("select 'user ' || i from n", 1_000_000_000)}", Token)));
        Assert.Equal(SessionState.Lost, session.State);
        var error = await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        AssertStopped(Assert.IsType<SqliteException>(error.InnerException));
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task S16_All_steps_of_a_reader_share_one_limit_and_a_slow_caller_does_not_count()
    {
        var limit = TimeSpan.FromSeconds(1);
        await using var session = Engine.OpenSession(new DbSessionOptions { StatementTimeout = limit });

        // The first rows come at once; the last one is a step of its own that takes long enough to be stopped.
        var late = Counting("select i from n where i <= 16 or i = 200000", 200_000);
        await using (var patient = await ReaderAsync(session, late, Token))
        {
            Assert.True(await patient.ReadAsync(Token));
            await Task.Delay(limit * 1.5, Token);   // its own time, not the statement's
            while (await patient.ReadAsync(Token))
            {
            }
        }

        var rows = 0;
        var error = await Assert.ThrowsAsync<SqliteException>(async () =>
        {
            await using var reader = await ReaderAsync(session, Counting("select i from n", 100_000_000_000), Token);
            for (; await reader.ReadAsync(Token); rows++)
            {
            }
        });
        Assert.Equal(9, error.SqliteErrorCode);
        Assert.True(rows > 0);   // no single step took that long
    }

    [Theory]
    [InlineData(System.Data.IsolationLevel.ReadUncommitted)]
    [InlineData(System.Data.IsolationLevel.RepeatableRead)]
    [InlineData(System.Data.IsolationLevel.Snapshot)]
    public async Task S16_Every_isolation_level_is_serializable(System.Data.IsolationLevel asked)
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { Isolation = asked });
        await using var inner = await session.Connection.BeginTransactionAsync(
            System.Data.IsolationLevel.Serializable, Token);
        Assert.Equal(System.Data.IsolationLevel.Serializable, inner.IsolationLevel);
        await inner.RollbackAsync(Token);
    }

    private static string Counting(string query, long rows) =>
        $"with recursive n (i) as (select 1 union all select i + 1 from n where i < {rows}) {query}";
}
