using System.Data;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>The rules of a session on PostgreSQL.</summary>
[Trait("Needs", "PostgreSQL")]
public class PostgreSqlSessionTests : SessionRules
{
    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    protected override string SlowQuery => "select count(*) from (select pg_sleep(0.3)) as slow";

    [Fact]
    public async Task S05_A_swallowed_unique_violation_cannot_turn_commit_into_silent_rollback()
    {
        var error = await Assert.ThrowsAsync<SessionAbortedException>(() => Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await Assert.ThrowsAsync<PostgresException>(
                    () => ExecuteAsync(session, "insert into users values (1, 'eve')", token));
                Assert.Equal(SessionState.Aborted, session.State);
            },
            cancellationToken: Token));
        Assert.Equal("23505", error.SqlState);
        Assert.Equal(0, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S05_A_statement_after_a_swallowed_error_names_the_first_error()
    {
        await using var session = Engine.OpenSession();
        await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "select 1/0", Token));
        var error = await Assert.ThrowsAsync<SessionAbortedException>(() => ScalarAsync<long>(session, "select 1", Token));
        Assert.Equal("22012", error.SqlState);
        await session.RollbackAsync(Token);
        Assert.Equal(1, await ScalarAsync<long>(session, "select 1", Token));
    }

    [Fact]
    public async Task S05_After_any_error_the_commit_verifies_that_there_is_still_a_transaction()
    {
        await Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await using (await session.BeginTransactionAsync(token))
                {
                    await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "select 1/0", token));
                }

                await ExecuteAsync(session, "insert into users values (2, 'bob')", token);
            },
            cancellationToken: Token);
        Assert.Equal(2, await CountUsersAsync());
    }

    [Fact]
    public virtual async Task S05_A_transaction_that_ended_behind_the_sessions_back_is_noticed_at_the_commit()
    {
        // With this old setting a backslash escapes in every string: that hides the COMMIT from the session, not from the server.
        const string hidden = "select 'a\\'';commit;select 'b\\''";
        var error = await Assert.ThrowsAsync<SessionAbortedException>(() => Engine.RunAsync(
            async (session, token) =>
            {
                await using (await session.BeginTransactionAsync(token))
                {
                    await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(session, "select 1/0", token));
                }

                await ExecuteAsync(session, "set standard_conforming_strings = off", token);
                await ExecuteAsync(session, hidden, token);
            },
            cancellationToken: Token));
        Assert.Contains("answered its COMMIT with a rollback", error.Message, StringComparison.Ordinal);
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S05_A_deferred_constraint_that_fails_at_commit_surfaces_unchanged()
    {
        await Engine.RunAsync(
            (session, token) => ExecuteAsync(
                session, "create table posts (author integer references users deferrable initially deferred)", token),
            cancellationToken: Token);
        var error = await Assert.ThrowsAsync<PostgresException>(() => Engine.RunAsync(
            (session, token) => ExecuteAsync(session, "insert into posts values (77)", token), cancellationToken: Token));
        Assert.Equal("23503", error.SqlState);
        await AssertNothingHeldAsync(Engine);
        Assert.Equal(0, await Engine.RunAsync(
            (session, token) => ScalarAsync<long>(session, "select count(*) from posts", token), cancellationToken: Token));
    }

    [Fact]
    public async Task S07_A_running_command_is_cancelled_and_its_connection_is_reused()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        using var patience = new CancellationTokenSource();
        var work = engine.RunAsync(
            (session, token) => ExecuteAsync(session, "select pg_sleep(60)", token), cancellationToken: patience.Token);
        await UntilAsync("select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'");
        await patience.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        Assert.Equal(patience.Token, error.CancellationToken);
        await AssertNothingHeldAsync(engine);
        Assert.Equal(5, await engine.RunAsync(
            (session, token) => ScalarAsync<long>(session, "select 5", token), cancellationToken: Token));
    }

    [Fact]
    public async Task S07_A_session_that_ends_during_a_command_cancels_it_and_returns_its_connection()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        var session = engine.OpenSession();
        var stray = ExecuteAsync(session, "select pg_sleep(60)", Token);
        await UntilAsync("select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'");
        await session.DisposeAsync();
        await AssertNothingHeldAsync(engine);
        await Assert.ThrowsAsync<SessionEndedException>(() => stray);
        Assert.Equal(5, await engine.RunAsync(
            (next, token) => ScalarAsync<long>(next, "select 5", token), cancellationToken: Token));
    }

    [Fact]
    public async Task S07_An_unread_reader_is_cancelled_rather_than_read_to_its_end()
    {
        await using var session = Engine.OpenSession();
        var reader = await ReaderAsync(session, "select repeat('x', 1000) from generate_series(1, 20000000)", Token);
        Assert.True(await reader.ReadAsync(Token));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await session.DisposeAsync();
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(4), $"It took {clock.Elapsed}.");   // read to its end it takes over ten
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task A_connection_lost_before_the_commit_is_reported_as_unavailable_and_the_pool_recovers()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await KillAsync(await ScalarAsync<int>(session, "select pg_backend_pid()", token));
                await ScalarAsync<long>(session, "select 1", token);
            },
            cancellationToken: Token));
        Assert.DoesNotContain("Password", error.Message, StringComparison.OrdinalIgnoreCase);
        await AssertNothingHeldAsync(engine);
        Assert.Equal(0, await CountUsersAsync());
        Assert.Equal(1, await engine.RunAsync(
            (session, token) => ScalarAsync<long>(session, "select 1", token), cancellationToken: Token));
    }

    [Fact]
    public async Task S18_A_connection_lost_during_the_commit_leaves_an_unknown_outcome()
    {
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => Engine.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users values (1, 'ada')", token);
                await KillAsync(await ScalarAsync<int>(session, "select pg_backend_pid()", token));
            },
            cancellationToken: Token));
        Assert.Equal(CommitOutcome.Unknown, error.Outcome);
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S15_On_PostgreSQL_the_server_rejects_the_write()
    {
        var error = await Assert.ThrowsAsync<ReadOnlySessionException>(() => Engine.RunAsync(
            (session, token) => ExecuteAsync(session, "insert into users values (1, 'ada')", token),
            new DbSessionOptions { Access = SessionAccess.ReadOnly },
            Token));
        Assert.Equal("25006", error.SqlState);
        Assert.IsType<PostgresException>(error.InnerException);
    }

    [Fact]
    public async Task S01_The_isolation_level_is_sent_with_the_first_command()
    {
        Assert.Equal("serializable", await Engine.RunAsync(
            (session, token) => ScalarAsync<string>(session, "show transaction_isolation", token),
            new DbSessionOptions { Isolation = IsolationLevel.Serializable },
            Token));
    }

    private async Task KillAsync(int backend)
    {
        await using var other = Database.CreateEngine(static options => options.PoolSize = 1);
        var killed = await other.RunAsync(
            (session, token) => ScalarAsync<bool>(session, $"select pg_terminate_backend({backend}, " +
                $"5000)", token), cancellationToken: Token);
        Assert.True(killed);   // the fault happened
    }

    private async Task UntilAsync(string countQuery)
    {
        await using var other = Database.CreateEngine(static options => options.PoolSize = 1);
        while (await other.RunAsync(
            (session, token) => ScalarAsync<long>(session, countQuery, token), cancellationToken: Token) == 0)
        {
            await Task.Delay(5, Token);
        }
    }
}
