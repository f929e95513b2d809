using Millpond.Providers;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>Hooks that take too long, and what becomes of them when nobody knows what became of the commit.</summary>
public sealed class HookTests : VirtualTimeTestBase
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private readonly LogLines _log = new();
    private readonly List<string> _order = [];

    [Fact]
    public async Task S12_A_hook_that_exceeds_HookTimeout_is_no_longer_awaited_and_is_logged()
    {
        var engine = Engine();
        var late = new TaskCompletionSource();
        CancellationToken token = default;
        var work = engine.RunAsync(
            async (session, _) =>
            {
                await RunAsync(session);
                session.AfterCommit(end =>
                {
                    token = end;
                    return late.Task;   // it does not heed its token
                });
                session.AfterCommit(Note("second"));
            },
            cancellationToken: Token,
            member: "Work",
            file: "Work.cs",
            line: 7);
        Time.Advance(Limit - TimeSpan.FromMilliseconds(1));
        Assert.False(work.IsCompleted);
        Assert.False(token.IsCancellationRequested);
        Assert.Empty(_order);

        Time.Advance(TimeSpan.FromMilliseconds(1));
        await work;

        Assert.True(token.IsCancellationRequested);
        Assert.Equal(["second"], _order);
        Assert.Equal(
            "Warning: An AfterCommit hook of Work (Work.cs:7) took longer than HookTimeout (3 s), and the response no " +
            "longer waits for it. Move long work to BackgroundSessions.",
            Assert.Single(_log.Lines));
        late.SetResult();
    }

    [Fact]
    public async Task S12_A_drain_waits_for_a_late_hook()
    {
        var engine = Engine();
        var late = new TaskCompletionSource();
        var session = engine.OpenSession();
        session.AfterRollback((_, _) => late.Task);
        var end = session.DisposeAsync();
        Time.Advance(Limit);
        await end;

        var drain = engine.DrainAsync(TimeSpan.Zero, Token);
        Assert.False(drain.IsCompleted);
        late.SetResult();
        await drain;
    }

    [Fact]
    public async Task S12_After_a_commit_with_an_unknown_outcome_no_hook_runs_and_the_log_says_so()
    {
        var engine = Engine();
        Provider.Kind = FailureKind.ConnectionLost;
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => engine.RunAsync(
            async (session, _) =>
            {
                await RunAsync(session);
                session.AfterCommit(Note("after"));
                session.AfterRollback((_, token) => Note("undone")(token));
                Provider.At = static step => step == "Commit" ? throw new InvalidTimeZoneException() : Task.CompletedTask;
            },
            cancellationToken: Token,
            member: "Work",
            file: "Work.cs",
            line: 7));

        Assert.Equal(CommitOutcome.Unknown, error.Outcome);
        Assert.Empty(_order);
        Assert.Equal(
            "Warning: 2 hooks of Work (Work.cs:7) did not run, because the outcome of its commit is unknown.",
            Assert.Single(_log.Lines));
    }

    [Fact]
    public async Task S12_A_session_ended_while_its_commit_is_answered_has_committed()
    {
        var engine = Engine();
        var session = engine.OpenSession();
        await RunAsync(session);
        session.AfterCommit(Note("after"));
        session.AfterRollback((_, token) => Note("undone")(token));
        var answer = new TaskCompletionSource();
        Provider.At = step => step == "Commit" ? answer.Task : Task.CompletedTask;
        var commit = session.CommitAsync(Token);
        var end = session.DisposeAsync();

        answer.SetResult();
        await Task.WhenAll(commit, end.AsTask());

        Assert.Equal(["after"], _order);
    }

    private Func<CancellationToken, Task> Note(string what) => _ =>
    {
        _order.Add(what);
        return Task.CompletedTask;
    };

    private DbEngine Engine() => Engine(1, TimeSpan.FromSeconds(5), options =>
    {
        options.HookTimeout = Limit;
        options.LoggerFactory = _log;
    });
}
