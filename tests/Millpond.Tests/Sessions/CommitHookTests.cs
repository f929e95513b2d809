using Millpond.Connections;
using Millpond.Engine;
using Millpond.Sessions;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>Hooks of commits that are refused, meet each other, or are still under way when their session ends.</summary>
public sealed class CommitHookTests : VirtualTimeTestBase
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly List<string> _order = [];

    [Fact]
    public async Task S10_Of_two_commits_at_once_the_second_is_refused_and_no_hook_runs_twice()
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
    public async Task S12_A_hook_that_commits_is_refused_and_fails_the_commit_that_it_is_part_of()
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
    public async Task S12_A_hook_that_failed_is_asked_again_by_the_next_commit_unless_it_rolled_back()
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
    public async Task S12_In_autocommit_a_hook_may_commit_a_transaction_of_its_own_and_runs_once()
    {
        var session = Engine(1, Limit).OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
        session.BeforeCommit(async token =>
        {
            _order.Add("before");
            await using var real = await session.BeginAsync(token);
            await RunAsync(session);
            await real.CommitAsync(token);
        });
        session.BeforeCommit(_ => Note("second"));
        await session.CommitAsync(Token);
        Assert.Equal(["before", "second"], _order);
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
