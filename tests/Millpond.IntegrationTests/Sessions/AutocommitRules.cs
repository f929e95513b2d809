using System.Data.Common;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>A session whose statements commit by themselves.</summary>
public abstract class AutocommitRules : SessionTestBase
{
    protected static DbSessionOptions Autocommit => new() { Mode = SessionMode.Autocommit };

    [Fact]
    public async Task S16_In_autocommit_each_statement_is_committed_immediately_and_is_never_undone()
    {
        await using (var session = Engine.OpenSession(Autocommit))
        {
            await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
            Assert.Equal((1, SessionState.Active), (await CountUsersAsync(), session.State));
            await session.RollbackAsync(Token);
            Assert.Equal(SessionState.Idle, session.State);
            await AssertNothingHeldAsync(Engine);
            await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
        }

        Assert.Equal((2, 0L, 0L), (
            await CountUsersAsync(), Engine.GetSnapshot().Commits, Engine.GetSnapshot().Rollbacks));
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S16_In_autocommit_an_error_does_not_affect_the_session()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await Assert.ThrowsAnyAsync<DbException>(
                    () => ExecuteAsync(session, "insert into users values (1, 'eve')", token));
                Assert.Equal(SessionState.Active, session.State);
                await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
            },
            Autocommit,
            Token);
        Assert.Equal((2, 0), (await CountUsersAsync(), await CountUsersAsync("name = 'eve'")));
    }

    [Fact]
    public async Task S16_In_autocommit_work_that_throws_keeps_its_changes()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                throw new InvalidOperationException("boom");
            },
            Autocommit,
            Token));
        Assert.Equal(1, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S16_A_transaction_begun_in_autocommit_is_real_and_those_inside_it_are_savepoints()
    {
        await using var session = Engine.OpenSession(Autocommit);
        await using (var real = await session.BeginTransactionAsync(Token))
        {
            await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
            Assert.Equal(0, await CountUsersAsync());
            Assert.Throws<InvalidOperationException>(session.RequireOutermost);
            await using (await session.BeginTransactionAsync(Token))
            {
                await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
            }

            await using (var kept = await session.Connection.BeginTransactionAsync(Token))
            {
                await ExecuteAsync(session, "insert into users values (3, 'cyd')", Token);
                await kept.CommitAsync(Token);
            }

            Assert.Equal(0, await CountUsersAsync());
            await real.CommitAsync(Token);
            Assert.Equal((2, SessionState.Idle), (await CountUsersAsync("id in (1, 3)"), session.State));
        }

        await AssertNothingHeldAsync(Engine);
        await ExecuteAsync(session, "insert into users values (4, 'dan')", Token);
        Assert.Equal((3, 1L), (await CountUsersAsync(), Engine.GetSnapshot().Commits));
    }

    [Fact]
    public async Task S16_An_uncommitted_transaction_begun_in_autocommit_is_rolled_back_and_the_session_continues()
    {
        await using var session = Engine.OpenSession(Autocommit);
        await using (await session.Connection.BeginTransactionAsync(Token))
        {
            await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
            await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(session, "insert into nowhere values (1)", Token));
        }

        Assert.Equal(SessionState.Idle, session.State);
        await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
        Assert.Equal((1, 1L), (await CountUsersAsync(), Engine.GetSnapshot().Rollbacks));
    }

    [Fact]
    public async Task S16_A_transaction_begun_in_autocommit_must_be_completed_before_the_session_commits()
    {
        await using var session = Engine.OpenSession(Autocommit);
        await using var real = await session.BeginTransactionAsync(Token);
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.CommitAsync(Token));
        await session.RollbackAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => real.CommitAsync(Token));
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task S20_In_autocommit_SAVEPOINT_as_text_is_rejected_without_a_transaction()
    {
        await using var session = Engine.OpenSession(Autocommit);
        var error = await Assert.ThrowsAsync<MillpondNotSupportedException>(() => ExecuteAsync(session, "savepoint here", Token));
        Assert.Contains("Call BeginTransactionAsync of the session first. [MILL3007]", error.Message, StringComparison.Ordinal);
        await using var real = await session.BeginTransactionAsync(Token);
        await ExecuteAsync(session, "savepoint here", Token);
        await ExecuteAsync(session, "release savepoint here", Token);
        await real.CommitAsync(Token);
    }

    [Fact]
    public async Task S06_In_autocommit_an_open_reader_and_an_abandoned_session_return_their_connection()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        var session = engine.OpenSession(Autocommit);
        await ExecuteAsync(session, "insert into users values (1, 'ada'), (2, 'bob')", Token);
        var reader = await ReaderAsync(session, "select * from users", Token);
        Assert.True(await reader.ReadAsync(Token));
        await session.DisposeAsync();
        await AssertNothingHeldAsync(engine);
        await engine.RunAsync(
            (next, token) => ExecuteAsync(next, "insert into users values (3, 'cyd')", token), cancellationToken: Token);
        Assert.Equal(3, await CountUsersAsync());
    }

    [Fact]
    public async Task S12_In_autocommit_a_hook_may_use_the_session_whose_transaction_was_disposed()
    {
        await using var session = Engine.OpenSession(Autocommit);
        await using (await session.BeginTransactionAsync(Token))
        {
            session.AfterRollback((_, token) => ExecuteAsync(session, "insert into users values (1, 'ada')", token));
        }

        Assert.Equal(1, await CountUsersAsync());
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("rolls back")]
    [InlineData("returns")]
    public async Task S12_In_autocommit_a_hook_runs_whatever_happens_to_the_session(
        string end)
    {
        List<string> ran = [];
        var run = Record.ExceptionAsync(() => Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                session.AfterCommit(Note("outside"));
                await using (await session.BeginTransactionAsync(token))
                {
                    session.AfterCommit(Note("inside"));   // its transaction is rolled back
                }

                Assert.Equal(["outside"], ran);
                session.AfterCommit(Note("last"));
                if (end == "rolls back")
                {
                    await session.RollbackAsync(token);
                }

                if (end == "throws")
                {
                    throw new InvalidTimeZoneException();
                }
            },
            Autocommit,
            Token));

        Assert.Equal(end == "throws", await run is InvalidTimeZoneException);
        Assert.Equal(["outside", "last"], ran);

        Func<CancellationToken, Task> Note(string what) => _ =>
        {
            ran.Add(what);
            return Task.CompletedTask;
        };
    }
}
