using Millpond.Providers;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>Hooks of commits that are refused, meet each other, or are still under way when their session ends.</summary>
public sealed class CommitHookTests : VirtualTimeTestBase
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly List<string> _order = [];

    [Fact]
    public async Task S10_Of_two_concurrent_commits_the_second_is_rejected_and_no_hook_runs_twice()
    {
        var session = await UsedAsync(Engine(1, Limit));
        var slow = new TaskCompletionSource();
        session.BeforeCommit(_ =>
        {
            _order.Add("before");
            return slow.Task;
        });
        var first = session.CommitAsync(Token);
        var error = await Assert.ThrowsAsync<SessionConcurrencyException>(() => session.CommitAsync(Token));
        slow.SetResult();
        await first;
        Assert.Equal(["before", "after"], _order);
        Assert.Equal(("COMMIT", "COMMIT"), (error.RunningCommand, error.RefusedCommand));
    }

    [Fact]
    public async Task S12_A_hook_that_commits_is_rejected_and_fails_its_commit()
    {
        var session = await UsedAsync(Engine(1, Limit));
        session.BeforeCommit(token =>
        {
            _order.Add("before");
            return session.CommitAsync(token);
        });
        await Assert.ThrowsAsync<SessionConcurrencyException>(() => session.CommitAsync(Token));
        Assert.Equal(["before"], _order);
        await session.DisposeAsync();
        Assert.Equal(["before", "undone"], _order);
    }

    [Fact]
    public async Task S12_A_failed_hook_runs_again_at_the_next_commit_unless_it_rolled_back()
    {
        var session = await UsedAsync(Engine(1, Limit));
        session.BeforeCommit(_ =>
        {
            _order.Add("before");
            return _order.Count < 3 ? throw new InvalidTimeZoneException() : Task.CompletedTask;
        });
        session.BeforeCommit(_ => Note("second"));
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => session.CommitAsync(Token));
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => session.CommitAsync(Token));
        await session.CommitAsync(Token);
        Assert.Equal(["before", "before", "before", "second", "after"], _order);

        session.BeforeCommit(async token =>
        {
            await session.RollbackAsync(token);
            throw new InvalidTimeZoneException();
        });
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => session.CommitAsync(Token));
        await session.CommitAsync(Token);
        Assert.Equal(5, _order.Count);
    }

    [Fact]
    public async Task S12_In_autocommit_a_hook_may_commit_its_own_transaction_and_runs_once()
    {
        var session = Engine(1, Limit).OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
        session.BeforeCommit(async token =>
        {
            _order.Add("before");
            await using var real = await session.BeginTransactionAsync(token);
            await RunAsync(session);
            await real.CommitAsync(token);
        });
        session.BeforeCommit(_ => Note("second"));
        await session.CommitAsync(Token);
        Assert.Equal(["before", "second"], _order);
    }

    [Fact]
    public async Task S12_A_commit_rejected_while_a_command_waits_neither_runs_nor_loses_a_hook()
    {
        var engine = Engine(1, Limit);
        var other = engine.OpenSession();
        await RunAsync(other);
        var session = Hooked(engine);
        var command = RunAsync(session);   // waits for the permit
        await Assert.ThrowsAsync<SessionConcurrencyException>(() => session.CommitAsync(Token));
        Assert.Empty(_order);
        await other.DisposeAsync();
        await command;
        await session.CommitAsync(Token);
        Assert.Equal(["after"], _order);
    }

    [Fact]
    public async Task S12_A_commit_cancelled_before_it_began_neither_runs_nor_loses_a_hook()
    {
        var session = Hooked(Engine(1, Limit));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.CommitAsync(new CancellationToken(canceled: true)));
        Assert.Empty(_order);
        await RunAsync(session);
        await session.CommitAsync(Token);
        Assert.Equal(["after"], _order);
    }

    [Fact]
    public async Task S12_A_session_ended_while_its_commit_is_answered_late_has_committed()
    {
        var session = await UsedAsync(Engine(1, Limit));
        var answer = new TaskCompletionSource();
        Provider.At = step => step == "Commit" ? answer.Task : Task.CompletedTask;
        var commit = session.CommitAsync(Token);
        var end = session.DisposeAsync();
        Time.Advance(Limit);
        await end;   // it waits no longer; the commit's own grace is not over
        Assert.Empty(_order);
        answer.SetResult();
        await commit;
        Assert.Equal(["after"], _order);
    }

    [Fact]
    public async Task S12_A_session_ended_while_its_commit_is_lost_runs_no_hook()
    {
        for (var round = 0; round < 50; round++)   // which of the two goes on first is left to the machine
        {
            Provider.At = static _ => Task.CompletedTask;
            var session = await UsedAsync(Engine(1, Limit));
            var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Provider.At = step => step == "Commit" ? answer.Task : Task.CompletedTask;
            Provider.Kind = FailureKind.ConnectionLost;
            var commit = session.CommitAsync(Token);
            var end = session.DisposeAsync();
            answer.SetException(new EndOfStreamException());
            var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => commit);
            await end;
            Assert.Equal(CommitOutcome.Unknown, error.Outcome);
            Assert.Empty(_order);
        }
    }

    [Fact]
    public async Task S12_AfterRollback_hooks_wait_for_a_command_that_outlasts_its_session()
    {
        var engine = Engine(1, Limit);
        var session = await UsedAsync(engine);
        var answer = new TaskCompletionSource();
        Provider.At = step => step == "Execute" ? answer.Task : Task.CompletedTask;
        var command = RunAsync(session);
        var end = session.DisposeAsync();
        Time.Advance(Limit);
        await end;
        Assert.Empty(_order);
        answer.SetResult();
        await command;
        await engine.DrainAsync(TimeSpan.Zero, Token);
        Assert.Equal(["undone"], _order);
    }

    [Fact]
    public async Task S12_In_autocommit_an_AfterRollback_hook_belongs_to_the_transaction_it_was_registered_in()
    {
        var engine = Engine(1, Limit);
        var options = new DbSessionOptions { Mode = SessionMode.Autocommit };
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => engine.RunAsync(
            async (session, token) =>
            {
                session.AfterRollback((_, _) => Note("undone what was committed by itself"));
                await RunAsync(session);
                await using (await session.BeginTransactionAsync(token))
                {
                    session.AfterRollback((_, _) => Note("undone"));
                }

                session.AfterRollback((_, _) => Note("undone what was committed by itself"));
                throw new InvalidTimeZoneException();
            },
            options,
            Token));
        Assert.Equal(["undone"], _order);
    }

    private DbSession Hooked(DbEngine engine)
    {
        var session = engine.OpenSession();
        session.AfterCommit(_ => Note("after"));
        session.AfterRollback((_, _) => Note("undone"));
        return session;
    }

    private async Task<DbSession> UsedAsync(DbEngine engine)
    {
        var session = Hooked(engine);
        await RunAsync(session);
        return session;
    }

    private Task Note(string what)
    {
        _order.Add(what);
        return Task.CompletedTask;
    }
}
