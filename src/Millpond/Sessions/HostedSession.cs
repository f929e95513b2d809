using Millpond.Leasing;
using Millpond.Transactions;
using Millpond.Transactions.Hooks;

namespace Millpond.Sessions;

/// <summary>What a host does with the sessions whose work it runs: a request, a job, <c>RunAsync</c>.</summary>
internal static class HostedSession
{
    /// <summary>Commits and ends the session, then runs the hooks: the commit point of a job or of <c>RunAsync</c>.</summary>
    public static async Task CompleteAsync(this DbSession session, string how)
    {
        var unit = session.Unit;
        var due = await CommitOrEndAsync(unit, point: null).ConfigureAwait(false);

        // Its end first: nobody would commit what a hook did with this session, so it gets an error.
        await unit.EndAsync(how).ConfigureAwait(false);
        await session.RunAsync(due).ConfigureAwait(false);
    }

    /// <summary>Commits, and only reads from then on: the commit point of a request, whose response may go on to read.</summary>
    /// <returns>The hooks to run; null: none.</returns>
    public static ValueTask<HooksDue?> CommitAndReadAsync(this DbSession session, string how) =>
        CommitOrEndAsync(session.Unit, new SessionEnd(how, session.Services.Time.GetUtcNow()));

    /// <summary>Runs the hooks of a commit. Never throws.</summary>
    public static Task RunAsync(this DbSession session, HooksDue? due) =>
        due?.RunAsync(session.Services, session.Origin.Operation) ?? Task.CompletedTask;

    /// <summary>Rolls back and ends the session. Never throws.</summary>
    public static Task AbandonAsync(this DbSession session, string how, Exception? error = null) =>
        session.Unit.EndAsync(how, error);

    /// <summary>Lets it only read from the start: it was resolved after the commit point.</summary>
    public static void BeginReading(this DbSession session, string how) =>
        session.Unit.PassCommitPoint(new SessionEnd(how, session.Services.Time.GetUtcNow()));

    /// <summary>Finds out whether a reader is open. One that was closed without <c>await</c> is closed by then.</summary>
    public static async ValueTask<bool> HasOpenReaderAsync(this DbSession session)
    {
        await session.Unit.PendingCleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return session.Unit.Use.OpenReader is not null;
    }

    /// <summary>Begins again under a host: what was read before is over, and what the host declares counts (S24).</summary>
    public static async ValueTask RestartAsync(this DbSession session, DbSessionOptions options, SessionOrigin origin)
    {
        options.ThrowIfWrong();
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

    private static ValueTask<HooksDue?> CommitOrEndAsync(UnitOfWork unit, SessionEnd? point) =>
        UnitCommit.RunAsync(unit, CommitLevel.Session, point, ends: true, CancellationToken.None);
}
