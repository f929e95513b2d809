using Millpond.Sessions;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>How a session's transactions and the session itself end when the database takes its time, and what is left of
/// them.</summary>
public sealed class EndingTests : VirtualTimeTestBase
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly List<string> _steps = [];
    private readonly LogLines _log = new();
    private readonly TaskCompletionSource _late = new();
    private string? _slow;

    public EndingTests() => Provider.At = step =>
    {
        _steps.Add(step);
        return step == _slow ? _late.Task : Task.CompletedTask;
    };

    [Fact]
    public async Task S07_A_rollback_waits_for_the_database()
    {
        var engine = Engine();
        await using var session = await WithWorkAsync(engine);
        _slow = "Rollback";
        var rollback = session.RollbackAsync(Token);
        Assert.False(rollback.IsCompleted);
        _late.SetResult();
        await rollback;
        NothingHeld(engine);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task S07_A_rollback_that_exceeds_its_limit_continues_in_the_background_and_a_drain_waits_for_it()
    {
        var engine = Engine();
        await using var session = await WithWorkAsync(engine);
        _slow = "Rollback";
        var rollback = session.RollbackAsync(Token);
        Time.Advance(Limit);
        await rollback;
        Assert.Contains("'ROLLBACK'", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Equal(1, engine.GetSnapshot().InUse);

        var drain = engine.DrainAsync(TimeSpan.Zero, Token);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(drain.IsCompleted);
        _late.SetResult();
        await drain;
        NothingHeld(engine);
    }

    [Fact]
    public async Task S10_A_rollback_beside_a_running_statement_is_rejected_and_nothing_is_rolled_back()
    {
        var engine = Engine();
        await using var session = engine.OpenSession();
        _slow = "Execute";
        var running = RunAsync(session);
        await Assert.ThrowsAsync<SessionConcurrencyException>(() => session.RollbackAsync(Token));
        _late.SetResult();
        await running;
        await session.CommitAsync(Token);
        AssertSteps("Rent Begin Execute Commit Return");
    }

    [Fact]
    public async Task S08_Ending_a_session_twice_ends_it_once_and_the_second_call_does_not_wait()
    {
        var engine = Engine();
        var session = await WithWorkAsync(engine);
        session.AfterRollback((_, _) =>
        {
            _steps.Add("undone");
            return Task.CompletedTask;
        });
        _slow = "Rollback";
        var first = session.DisposeAsync();
        await session.DisposeAsync();
        Assert.False(first.IsCompleted);
        _late.SetResult();
        await first;
        AssertSteps("Rent Begin Execute Rollback Return undone");
    }

    [Fact]
    public async Task S12_Hooks_of_a_late_rollback_run_in_the_background_and_a_drain_waits_for_them()
    {
        var engine = Engine();
        var session = await WithWorkAsync(engine);
        var hook = new TaskCompletionSource();
        session.AfterRollback((_, _) =>
        {
            _steps.Add("undone");
            return hook.Task;
        });
        _slow = "Rollback";
        var end = session.DisposeAsync();
        Time.Advance(Limit);
        await end;
        Assert.DoesNotContain("undone", _steps);   // it may be committed yet, for all that anybody knows

        var drain = engine.DrainAsync(TimeSpan.Zero, Token);
        _late.SetResult();
        Assert.False(drain.IsCompleted);
        Assert.Contains("undone", _steps);
        hook.SetResult();
        await drain;
    }

    [Fact]
    public async Task S09_After_its_commit_point_a_session_reads_and_neither_commits_nor_rolls_back()
    {
        var engine = Engine();
        var session = await WithWorkAsync(engine);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await session.CommitAndReadAsync("its response began");
        Assert.Equal(SessionState.ReadOnly, session.State);
        foreach (var end in new Func<CancellationToken, Task>[] { session.CommitAsync, session.RollbackAsync, BeginAsync })
        {
            var error = await Assert.ThrowsAsync<SessionEndedException>(() => end(Token));
            Assert.Contains("past its commit point", error.Message, StringComparison.Ordinal);
        }

        Time.Advance(TimeSpan.FromSeconds(1));
        await session.DisposeAsync();
        var over = await Assert.ThrowsAsync<SessionEndedException>(() => RunAsync(session));
        Assert.Equal("its response began", over.Reason);   // that is what its work has to know, not when it was disposed
        Assert.Equal(Time.GetUtcNow() - TimeSpan.FromSeconds(1), over.EndedAt);
        AssertSteps("Rent Begin Execute Commit Return");

        async Task BeginAsync(CancellationToken token) => await session.BeginTransactionAsync(token);
    }

    [Fact]
    public async Task S09_An_autocommit_session_passes_its_commit_point_and_runs_its_hooks()
    {
        var engine = Engine();
        await using var session = engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
        await RunAsync(session);
        var committed = 0;
        session.AfterCommit(_ =>
        {
            committed++;
            return Task.CompletedTask;
        });
        await session.RunAsync((await session.CommitAndReadAsync("its response began"))!);
        Assert.Equal((SessionState.ReadOnly, 1), (session.State, committed));
        NothingHeld(engine);
    }

    [Fact]
    public async Task S04_CommitAsync_is_not_the_commit_point()
    {
        var engine = Engine();
        await using var session = await WithWorkAsync(engine);
        await session.CommitAsync(Token);
        Assert.Equal(SessionState.Idle, session.State);
        await RunAsync(session);
        await session.RollbackAsync(Token);
    }

    [Fact]
    public async Task S07_A_statement_that_does_not_stop_is_cancelled_repeatedly_with_growing_delays()
    {
        var engine = Engine();
        var session = engine.OpenSession();
        _slow = "Execute";
        var running = RunAsync(session);
        var end = session.DisposeAsync();
        List<int> cancels = [_steps.Count(step => step == "Cancel")];
        foreach (var pause in new[] { 100, 200, 400, 800 })
        {
            Time.Advance(TimeSpan.FromMilliseconds(pause - 1));
            cancels.Add(_steps.Count(step => step == "Cancel"));
            Time.Advance(TimeSpan.FromMilliseconds(1));
            cancels.Add(_steps.Count(step => step == "Cancel"));
        }

        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4, 5], cancels);
        _late.SetResult();
        await running;
        await end;
        NothingHeld(engine);
    }

    [Fact]
    public async Task S21_With_ResetOnReturn_each_return_resets_and_otherwise_none_does()
    {
        var engine = Engine();
        await using (var other = await WithWorkAsync(engine))
        {
            await other.CommitAsync(Token);
        }

        await using var session = engine.OpenSession();
        session.ResetOnReturn();
        await RunAsync(session);
        await session.CommitAsync(Token);
        await RunAsync(session);
        await session.RollbackAsync(Token);
        AssertSteps(
            "Rent Begin Execute Commit Return Rent Begin Execute Commit Reset Return " +
            "Rent Begin Execute Rollback Reset Return");
    }

    [Fact]
    public async Task F05_A_command_whose_reader_is_cast_is_sent_alone()
    {
        (Provider.Settles, Provider.EntityFrameworkCastsReaders) = (true, true);
        var engine = Engine();
        await using var session = engine.OpenSession();
        await using (await session.Connection.BeginTransactionAsync(Token))
        {
            AssertSteps("Rent Begin Save");
        }

        await FakeReader.ReadAsync(session, Token);
        AssertSteps("Rent Begin Save RollbackTo Release Settle Execute Read CloseReader");
    }

    private static async Task<DbSession> WithWorkAsync(DbEngine engine)
    {
        var session = engine.OpenSession();
        await RunAsync(session);
        return session;
    }

    private void AssertSteps(string steps) => Assert.Equal(steps, string.Join(' ', _steps));

    private DbEngine Engine() => Engine(1, Limit, options => options.LoggerFactory = _log);
}
