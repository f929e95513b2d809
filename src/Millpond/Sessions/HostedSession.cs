using Millpond.Leasing;
using Millpond.Transactions;
using Millpond.Transactions.Hooks;

namespace Millpond.Sessions;

/// <summary>What a host does with the sessions of its work: a request, a job, or <c>RunAsync</c>.</summary>
internal static class HostedSession
{
    /// <summary>The commit point of a job or of <c>RunAsync</c>: commits and ends the session, then runs the hooks.</summary>
    public static async Task CompleteAsync(this DbSession session, string how)
    {
        var unit = session.Unit;
        var due = await CommitOrEndAsync(unit, point: null).ConfigureAwait(false);

        // Ends it first: nothing would commit what a hook does with this session, so the hook gets an error.
        await unit.EndAsync(how).ConfigureAwait(false);
        await session.RunAsync(due).ConfigureAwait(false);
    }

    /// <summary>The commit point of a request: commits, after which the session is read-only, because the response may still
    /// read.</summary>
    /// <returns>The hooks to run, or null.</returns>
    public static ValueTask<DueHooks?> CommitAndReadAsync(this DbSession session, string how) =>
        CommitOrEndAsync(session.Unit, new SessionEnd(how, session.Services.Time.GetUtcNow()));

    /// <summary>Runs the hooks of a commit. Never throws.</summary>
    public static Task RunAsync(this DbSession session, DueHooks? due) =>
        due?.RunAsync(session.Services, session.Origin.Operation) ?? Task.CompletedTask;

    /// <summary>Rolls back and ends the session. Never throws.</summary>
    public static Task AbandonAsync(this DbSession session, string how, Exception? error = null) =>
        session.Unit.EndAsync(how, error);

    /// <summary>Makes it read-only from the start, because it was resolved after the commit point.</summary>
    public static void BeginReading(this DbSession session, string how) =>
        session.Unit.PassCommitPoint(new SessionEnd(how, session.Services.Time.GetUtcNow()));

    /// <summary>Returns whether a reader is open. Waits for readers that were closed without <c>await</c>.</summary>
    public static async ValueTask<bool> HasOpenReaderAsync(this DbSession session)
    {
        await session.Unit.PendingCleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return session.Unit.Use.OpenReader is not null;
    }

    /// <summary>Restarts it under a host: its earlier reads do not count, and the host's settings apply (S24).</summary>
    public static async ValueTask RestartAsync(this DbSession session, DbSessionOptions options, SessionOrigin origin)
    {
        options.ThrowIfInvalid();
        var unit = session.Unit;
        if (unit is { End: null, CommitPoint: null, OpenTransactions: 0 })
        {
            await unit.PendingCleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await UnitEnd.ReturnIfIdleAsync(unit).ConfigureAwait(false);
            if (!unit.IsHolding)
            {
                unit.Restart(options, origin);
                session.Options = options;
                return;
            }
        }

        await unit.EndAsync("a new unit of work began").ConfigureAwait(false);
        session.Rearm(options, origin);
    }

    private static ValueTask<DueHooks?> CommitOrEndAsync(UnitOfWork unit, SessionEnd? point) =>
        UnitCommit.RunAsync(unit, CommitLevel.Session, point, ends: true, CancellationToken.None);
}
