using Millpond.AdoNet;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>The time a session may take in all, in virtual time.</summary>
public sealed class SessionTimeoutTests : VirtualTimeTestBase
{
    private static readonly DbSessionOptions TenSeconds = new() { Timeout = TimeSpan.FromSeconds(10) };

    [Fact]
    public async Task G02_The_time_starts_with_the_first_operation_and_not_with_OpenSession()
    {
        var engine = Engine(1, TimeSpan.FromMinutes(1));
        await using var session = engine.OpenSession(TenSeconds);
        Time.Advance(TimeSpan.FromMinutes(5));
        await RunAsync(session);
        Time.Advance(TimeSpan.FromSeconds(9.9));
        await RunAsync(session);
        await session.CommitAsync(Token);
    }

    [Fact]
    public async Task G02_The_time_continues_after_CommitAsync_whose_work_stays()
    {
        var engine = Engine(1, TimeSpan.FromMinutes(1));
        await using var session = engine.OpenSession(TenSeconds);
        await RunAsync(session);
        await session.CommitAsync(Token);
        Time.Advance(TimeSpan.FromSeconds(6));
        await RunAsync(session);
        Time.Advance(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<SessionTimeoutException>(() => RunAsync(session));
        await Assert.ThrowsAsync<SessionTimeoutException>(() => session.CommitAsync(Token));
        NothingHeld(engine);
        Assert.Equal((1L, 1L), (engine.GetSnapshot().Commits, engine.GetSnapshot().Rollbacks));
    }

    [Fact]
    public async Task G02_A_commit_after_the_timeout_is_rejected()
    {
        var engine = Engine(1, TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<SessionTimeoutException>(() => engine.RunAsync(
            async (session, _) =>
            {
                await RunAsync(session);
                Time.Advance(TimeSpan.FromSeconds(10));
            },
            TenSeconds,
            Token));
        NothingHeld(engine);
        Assert.Equal(0L, engine.GetSnapshot().Commits);
    }

    [Fact]
    public async Task G02_Work_committed_in_time_is_not_reported_as_a_failure_later()
    {
        var engine = Engine(1, TimeSpan.FromMinutes(1));
        await engine.RunAsync(
            async (session, token) =>
            {
                await RunAsync(session);
                await session.CommitAsync(token);
                Time.Advance(TimeSpan.FromMinutes(1));
            },
            TenSeconds,
            Token);
        Assert.Equal(1L, engine.GetSnapshot().Commits);
    }

    [Fact]
    public async Task G02_A_commit_that_was_sent_in_time_is_not_cancelled()
    {
        var engine = Engine(1, TimeSpan.FromMinutes(1));
        var answer = new TaskCompletionSource();
        Provider.At = step => step == "Commit" ? answer.Task : Task.CompletedTask;
        await using var session = engine.OpenSession(TenSeconds);
        await RunAsync(session);
        var commit = session.CommitAsync(Token);
        Time.Advance(TimeSpan.FromSeconds(30));
        Assert.False(commit.IsCompleted);
        answer.SetResult();
        await commit;
        Assert.Equal(1L, engine.GetSnapshot().Commits);
    }

    [Theory]
    [InlineData(10, 60, typeof(SessionTimeoutException))]
    [InlineData(60, 10, typeof(PoolTimeoutException))]
    public async Task G02_In_the_queue_the_earlier_of_pool_timeout_and_session_timeout_counts(
        int session, int pool, Type told)
    {
        var engine = Engine(1, TimeSpan.FromSeconds(pool));
        await using var holder = engine.OpenSession();
        await RunAsync(holder);
        await using var waiter = engine.OpenSession(new DbSessionOptions { Timeout = TimeSpan.FromSeconds(session) });
        var waiting = RunAsync(waiter);
        Time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(waiting.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(0.2));
        var error = await Assert.ThrowsAnyAsync<Exception>(() => waiting);
        Assert.IsType(told, error);
        var late = error as PoolTimeoutException ?? Assert.IsType<PoolTimeoutException>(error.InnerException);
        Assert.Equal((10.0, 1, 1), (late.WaitLimit.TotalSeconds, late.Pool.InUse, late.Pool.Waiting));
    }

    [Fact]
    public async Task G02_Only_an_untracked_reader_is_cancelled_when_the_time_elapses()
    {
        var engine = Engine(1, TimeSpan.FromMinutes(1));
        var cancelled = 0;
        Provider.EntityFrameworkCastsReaders = true;
        Provider.At = step =>
        {
            cancelled += step == "Cancel" ? 1 : 0;
            return Task.CompletedTask;
        };
        await using var session = engine.OpenSession(TenSeconds);
        await using var command = session.Connection.CreateCommand();
        ((SessionCommand)command).IsSave = true;
        command.CommandText = "select 1";
        var reader = await command.ExecuteReaderAsync(Token);
        Time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(0, cancelled);
        Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, cancelled);
        await reader.DisposeAsync();

        await using var other = engine.OpenSession(TenSeconds);
        await session.DisposeAsync();
        await using var closed = other.Connection.CreateCommand();
        ((SessionCommand)closed).IsSave = true;
        closed.CommandText = "select 1";
        await (await closed.ExecuteReaderAsync(Token)).DisposeAsync();
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, cancelled);
    }

    [Fact]
    public async Task G02_RollbackAsync_works_after_the_timeout_and_does_not_restart_the_time()
    {
        var engine = Engine(1, TimeSpan.FromMinutes(1));
        await using var session = engine.OpenSession(TenSeconds);
        await RunAsync(session);
        Time.Advance(TimeSpan.FromSeconds(11));
        await session.RollbackAsync(Token);
        NothingHeld(engine);
        var error = await Assert.ThrowsAsync<SessionTimeoutException>(() => RunAsync(session));
        Assert.Equal(("MILL3010", TimeSpan.FromSeconds(10)), (error.Code, error.Limit));
    }
}
