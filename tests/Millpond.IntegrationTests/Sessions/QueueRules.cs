using System.Data.Common;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>Statements whose results are not needed, sent with the next statement or with the commit.</summary>
public abstract class QueueRules : SessionTestBase
{
    private const string SameName = "insert into users values (9, 'ada')";

    /// <summary>Gets what the driver says of a name that is there already.</summary>
    protected abstract Type DriverError { get; }

    [Fact]
    public async Task S27_Queued_statements_run_with_the_commit_in_order()
    {
        await Engine.RunAsync(
            static (session, _) =>
            {
                session.Queue($"insert into users values ({1}, {"ada"})");
                session.Queue($"update users set name = name || '!' where id = {1}");
                session.Queue($"insert into users select id + 1, name || '?' from users");
                Assert.Equal(SessionState.Idle, session.State);   // nothing was sent
                return Task.CompletedTask;
            },
            cancellationToken: Token);
        Assert.Equal(1, await CountUsersAsync("id = 2 and name = 'ada!?'"));
        Assert.Equal(1, Engine.GetSnapshot().Commits);
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S27_A_later_statement_sees_queued_changes_and_counts_only_its_own_rows() => await Engine.RunAsync(
        static async (session, token) =>
        {
            session.Queue($"insert into users values (1, 'ada'), (2, 'bob')");
            Assert.Equal(2, await session.ExecuteScalarAsync<long>($"select count(*) from users", token));
            session.Queue($"insert into users values (3, 'cyd')");
            Assert.Equal(1, await session.ExecuteAsync($"update users set name = 'c' where id = {3}", token));
            session.Queue($"insert into users values (4, 'dan'), (5, 'eve')");
            await using (var reader = await ReaderAsync(session, "delete from users where id > 2 returning id", token))
            {
                Assert.True(await reader.ReadAsync(token));
                await reader.DisposeAsync();
                Assert.Equal(3, reader.RecordsAffected);
            }

            session.Queue($"insert into users values (6, 'fay')");
            Assert.Equal([1, 2, 6], await session.QueryAsync<long>($"select id from users order by id", token));
        },
        cancellationToken: Token);

    [Theory]
    [InlineData("select name from users where id = 1")]
    [InlineData("select name from users where id = 99")]
    [InlineData("insert into users values (2, 'bob') returning name")]
    [InlineData("with one as (select 1 as id) select name from users join one using (id)")]
    public async Task S27_Results_of_a_queued_statement_are_dropped(string queued)
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                Queue(session, queued);
                Assert.Equal(7, await ScalarAsync<long>(session, "select 7", token));
                Queue(session, queued.Replace("2, 'bob'", "3, 'cyd'", StringComparison.Ordinal));
            },
            new DbSessionOptions { ConfirmCommit = true },
            Token);
        Assert.Equal(1, await CountUsersAsync("id = 1"));
    }

    [Fact]
    public async Task S27_A_failed_queued_statement_is_the_commits_error_and_is_named()
    {
        var error = await Assert.ThrowsAsync<QueuedStatementException>(() => Engine.RunAsync(
            static async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                session.Queue($"insert into users values (2, 'bob')");
                session.Queue($"insert into users values ({9}, {"ada"})");
                session.Queue($"insert into users values (3, 'cyd')");
            },
            cancellationToken: Token));
        Assert.Equal(DriverError, error.InnerException!.GetType());
        Assert.Equal("insert into users values (@p0, @p1)", error.Statement);
        Assert.Contains("QueueRules.cs:", error.CallSite!, StringComparison.Ordinal);
        Assert.StartsWith(
            "A queued statement of S27_A_failed_queued_statement_is_the_commits_error_and_is_named (QueueRules.cs:",
            error.Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "failed, and nothing is committed: 'insert into users values (@p0, @p1)', queued in ", error.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("[MILL3011]", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S27_A_failed_queued_statement_before_another_prevents_the_commit()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        session.Queue($"insert into users values (9, 'ada')");
        var error = await Assert.ThrowsAsync<QueuedStatementException>(
            () => ExecuteAsync(session, "insert into users values (2, 'bob')", Token));
        Assert.Equal((SameName, SessionState.Aborted), (error.Statement, session.State));
        Assert.Throws<SessionAbortedException>(() => session.Queue($"insert into users values (3, 'cyd')"));
        var refused = await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        Assert.Same(error, refused.InnerException);
        await ExecuteAsync(session, "insert into users values (4, 'dan')", Token);   // a new transaction
        await session.CommitAsync(Token);
        Assert.Equal((1, 1), (await CountUsersAsync(), await CountUsersAsync("id = 4")));
    }

    [Fact]
    public async Task S27_An_error_of_the_following_statement_is_its_own()
    {
        await using var session = Engine.OpenSession();
        session.Queue($"insert into users values (1, 'ada')");
        var error = await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(session, SameName, Token));
        Assert.Equal(DriverError, error.GetType());
        await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task S27_Statements_queued_inside_a_savepoint_are_dropped_with_it()
    {
        await Engine.RunAsync(
            static async (session, token) =>
            {
                session.Queue($"insert into users values (1, 'outer')");
                await using (var inner = await session.BeginTransactionAsync(token))
                {
                    session.Queue($"insert into users values (2, 'rolled back')");
                    await inner.RollbackAsync(token);
                }

                await using (await session.BeginTransactionAsync(token))
                {
                    session.Queue($"insert into users values (3, 'disposed')");
                }

                await using (var inner = await session.Connection.BeginTransactionAsync(token))
                {
                    session.Queue($"insert into users values (4, 'kept')");
                    await inner.CommitAsync(token);
                }

                session.Queue($"insert into users values (5, 'last')");
            },
            cancellationToken: Token);
        Assert.Equal((3, 3), (await CountUsersAsync(), await CountUsersAsync("name in ('outer', 'kept', 'last')")));
    }

    [Fact]
    public async Task S27_A_failed_queued_statement_is_reported_where_its_level_ends()
    {
        await Engine.RunAsync(
            static async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await using (var inner = await session.BeginTransactionAsync(token))
                {
                    session.Queue($"insert into users values (9, 'ada')");
                    await Assert.ThrowsAsync<QueuedStatementException>(() => inner.CommitAsync(token));
                    await inner.RollbackAsync(token);
                }

                session.Queue($"insert into users values (2, 'bob')");
            },
            cancellationToken: Token);
        Assert.Equal((2, 0), (await CountUsersAsync(), await CountUsersAsync("id = 9")));
        await using var session = Engine.OpenSession();
        Queue(session, SameName);
        await Assert.ThrowsAsync<QueuedStatementException>(() => session.BeginTransactionAsync(Token));
    }

    [Fact]
    public async Task S27_A_session_that_rolls_back_or_does_not_commit_sends_nothing()
    {
        await using (var session = Engine.OpenSession())
        {
            session.Queue($"insert into users values (1, 'ada')");
            await session.RollbackAsync(Token);
            await session.CommitAsync(Token);
            session.Queue($"insert into users values (2, 'bob')");
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => Engine.RunAsync(
            static (session, _) =>
            {
                session.Queue($"insert into users values (3, 'cyd')");
                throw new InvalidOperationException("boom");
            },
            cancellationToken: Token));
        Assert.Equal((0, 0L), (await CountUsersAsync(), Engine.GetSnapshot().Commits));
    }

    [Fact]
    public async Task S27_A_hook_before_the_commit_may_queue_and_a_hook_after_it_sees_the_result()
    {
        var seen = 0L;
        await Engine.RunAsync(
            (session, _) =>
            {
                session.BeforeCommit(_ =>
                {
                    session.Queue($"insert into users values (1, 'ada')");
                    return Task.CompletedTask;
                });
                session.AfterCommit(async (_, _) => seen = await CountUsersAsync());
                return Task.CompletedTask;
            },
            cancellationToken: Token);
        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task S27_A_command_cancelled_before_it_is_sent_leaves_the_queue_unchanged()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await using var session = Engine.OpenSession();
        session.Queue($"insert into users values (1, 'ada')");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ExecuteAsync(session, "select 1", gone.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.CommitAsync(gone.Token));
        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task S27_A_commit_that_gets_no_connection_keeps_the_queue()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using var session = engine.OpenSession();
        session.Queue($"insert into users values (1, 'ada')");
        await using (var holder = engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadWrite }))
        {
            await ScalarAsync<long>(holder, "select 1", Token);
            using var leave = new CancellationTokenSource();
            var commit = session.CommitAsync(leave.Token);
            while (engine.GetSnapshot() is { Waiting: 0, WaitingToWrite: 0 })
            {
                await Task.Delay(1, Token);
            }

            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => commit);
        }

        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task S27_Work_on_the_drivers_connection_runs_after_queued_statements() => await Engine.RunAsync(
        static async (session, token) =>
        {
            session.Queue($"insert into users values (1, 'ada')");
            await session.UseProviderConnectionAsync<DbConnection>(
                async (connection, inner) =>
                {
                    await using var command = connection.CreateCommand();
                    command.CommandText = "select count(*) from users";
                    Assert.Equal(1L, await command.ExecuteScalarAsync(inner));
                },
                token);
        },
        new DbSessionOptions { Access = SessionAccess.ReadWrite },
        Token);

    [Fact]
    public async Task S27_A_queue_dropped_by_the_session_timeout_is_reported()
    {
        var time = new FakeTimeProvider();
        var engine = CreateEngine(options => options.TimeProvider = time);
        await using var session = engine.OpenSession(new DbSessionOptions { Timeout = TimeSpan.FromMinutes(1) });
        await ScalarAsync<long>(session, "select 1", Token);
        await session.CommitAsync(Token);
        session.Queue($"insert into users values (1, 'ada')");
        time.Advance(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<SessionTimeoutException>(() => session.CommitAsync(Token));
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task S27_A_session_that_read_first_writes_its_queued_statements() => await Engine.RunAsync(
        static async (session, token) =>
        {
            Assert.Equal(0, await session.ExecuteScalarAsync<long>($"select count(*) from users", token));
            session.Queue($"insert into users values (1, 'ada')");
            Assert.Equal(1, await session.ExecuteScalarAsync<long>($"select count(*) from users", token));
            await session.CommitAsync(token);
            Assert.Equal(1, await session.ExecuteScalarAsync<long>($"select count(*) from users", token));
            session.Queue($"insert into users values (2, 'bob')");
            await session.CommitAsync(token);
            Assert.Equal(2, await session.ExecuteScalarAsync<long>($"select count(*) from users", token));
        },
        new DbSessionOptions { Access = SessionAccess.ReadFirst },
        Token);

    private static void Queue(DbSession session, string sql)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        session.Queue(command);
    }
}
