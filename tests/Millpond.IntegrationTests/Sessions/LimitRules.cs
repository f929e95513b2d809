using System.Data.Common;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What a session may do and for how long.</summary>
public abstract class LimitRules : SessionTestBase
{
    private const string Insert = "insert into users values (1, 'ada')";
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets a query that would take minutes.</summary>
    protected abstract string EndlessQuery { get; }

    /// <summary>Gets a query that takes longer than <see cref="Short"/>.</summary>
    protected abstract string SlowQuery { get; }

    protected abstract void AssertStopped(DbException stopped);

    [Fact]
    public async Task S15_A_write_in_a_read_only_session_names_its_origin_and_the_remedy()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { Access = SessionAccess.ReadOnly });
        await ScalarAsync<long>(session, "select 1", Token);
        var error = await Assert.ThrowsAsync<ReadOnlySessionException>(() => ExecuteAsync(session, Insert, Token));
        Assert.StartsWith($"The session of {error.Operation} is read-only, and ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Declare Access = ReadWrite where the session is opened, or remove the write. [MILL3009]",
            error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(LimitRules), error.Operation, StringComparison.Ordinal);
        Assert.Equal(("MILL3009", false), (error.Code, error.IsTransient));
        Assert.Equal(error.SqlState, Assert.IsAssignableFrom<DbException>(error.InnerException).SqlState);
        await session.RollbackAsync(Token);
        await ScalarAsync<long>(session, "select 1", Token);
    }

    [Fact]
    public async Task S15_In_a_read_only_engine_a_session_can_opt_in_to_writing()
    {
        var engine = CreateEngine(static options => options.Session.Access = SessionAccess.ReadOnly);
        await Assert.ThrowsAsync<ReadOnlySessionException>(() => engine.RunAsync(
            (session, token) => ExecuteAsync(session, Insert, token), cancellationToken: Token));
        await engine.RunAsync(
            (session, token) => ExecuteAsync(session, Insert, token),
            new DbSessionOptions { Access = SessionAccess.ReadWrite },
            Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task S16_A_statement_that_takes_too_long_is_stopped_and_the_next_session_is_not_affected()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await using (var session = engine.OpenSession(new DbSessionOptions { StatementTimeout = Short }))
        {
            AssertStopped(await Assert.ThrowsAnyAsync<DbException>(() => ScalarAsync<long>(session, EndlessQuery, Token)));
            await session.RollbackAsync(Token);
            AssertStopped(await Assert.ThrowsAnyAsync<DbException>(async () =>
            {
                await using var reader = await ReaderAsync(session, EndlessQuery, Token);
                await reader.ReadAsync(Token);
            }));
        }

        await engine.RunAsync((session, token) => ScalarAsync<long>(session, SlowQuery, token), cancellationToken: Token);
        await AssertNothingHeldAsync(engine);
    }

    [Fact]
    public async Task S16_The_engines_timeout_applies_unless_a_session_has_its_own()
    {
        var engine = CreateEngine(static options => options.Session.StatementTimeout = Short);
        AssertStopped(await Assert.ThrowsAnyAsync<DbException>(() => engine.RunAsync(
            (session, token) => ScalarAsync<long>(session, EndlessQuery, token), cancellationToken: Token)));
        await engine.RunAsync(
            (session, token) => ScalarAsync<long>(session, SlowQuery, token),
            new DbSessionOptions { StatementTimeout = TimeSpan.FromMinutes(5) },
            Token);
    }

    [Fact]
    public async Task G02_When_the_sessions_time_elapses_its_command_is_cancelled_and_nothing_is_committed()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { Timeout = TimeSpan.FromMilliseconds(300) });
        await ExecuteAsync(session, Insert, Token);
        var error = await Assert.ThrowsAsync<SessionTimeoutException>(() => ScalarAsync<long>(session, EndlessQuery, Token));
        Assert.Equal(
            ("MILL3010", 0.3, true), (error.Code, error.Limit.TotalSeconds, error.IsTransient));
        Assert.StartsWith(
            $"The session of {error.Operation} exceeded its Timeout of 0.3 s. Work that it had not committed is rolled back.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Contains(nameof(LimitRules), error.Operation, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SessionTimeoutException>(() => ScalarAsync<long>(session, "select 1", Token));
        await Assert.ThrowsAsync<SessionTimeoutException>(() => session.CommitAsync(Token));
        await Assert.ThrowsAsync<SessionTimeoutException>(() => session.CommitAsync(Token));
        await AssertNothingHeldAsync(Engine);
        await Assert.ThrowsAsync<SessionTimeoutException>(() => ScalarAsync<long>(session, "select 1", Token));
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task G02_An_idle_connection_is_returned_as_soon_as_the_sessions_time_elapses()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { Timeout = TimeSpan.FromMilliseconds(300) });
        await ExecuteAsync(session, Insert, Token);
        await AssertNothingHeldAsync(Engine);   // though nobody asks the session for anything

        await Assert.ThrowsAsync<SessionTimeoutException>(() => ScalarAsync<long>(session, "select 1", Token));
        await Assert.ThrowsAsync<SessionTimeoutException>(() => session.CommitAsync(Token));
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task G02_A_session_that_committed_in_time_does_not_time_out_afterwards()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { Timeout = TimeSpan.FromMilliseconds(300) });
        await ExecuteAsync(session, Insert, Token);
        await session.CommitAsync(Token);
        await Task.Delay(500, Token);
        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task G02_A_reader_step_is_cancelled()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { Timeout = TimeSpan.FromMilliseconds(300) });
        var row = $"select '{new string('x', 1_000)}'";   // more of them than what a server or a connection's thread holds back
        var rows = string.Concat(Enumerable.Repeat($"{row} union all ", 20));
        await using var reader = await ReaderAsync(session, $"{rows}{row} from ({EndlessQuery}) as last", Token);
        Assert.True(await reader.ReadAsync(Token));
        await Assert.ThrowsAsync<SessionTimeoutException>(async () =>
        {
            while (await reader.ReadAsync(Token))
            {
            }
        });
    }

    [Fact]
    public async Task G02_The_wait_for_a_connection_ends_with_the_sessions_time_and_describes_the_pool()
    {
        var engine = CreateEngine(static options =>
            (options.PoolSize, options.MaxOverflow, options.PoolTimeout) = (1, 0, TimeSpan.FromMinutes(5)));
        await using var holder = engine.OpenSession();
        await ExecuteAsync(holder, Insert, Token);
        await using var session = engine.OpenSession(new DbSessionOptions { Timeout = Short });
        var error = await Assert.ThrowsAsync<SessionTimeoutException>(() => ScalarAsync<long>(session, "select 1", Token));
        Assert.IsType<PoolTimeoutException>(error.InnerException);
        Assert.Equal(0, engine.GetSnapshot().Waiting + engine.GetSnapshot().WaitingToWrite);
    }
}
