using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Telemetry;
using Millpond.Transactions.Failures;

namespace Millpond.Transactions;

/// <summary>Sends COMMIT, and handles a missing answer (S18).</summary>
internal static class CommitExchange
{
    /// <summary>How long the answer to a cancelled COMMIT may take.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Commits and returns the connection.</summary>
    /// <param name="unit">The unit of work.</param>
    /// <param name="lease">The lease, which no longer belongs to the caller.</param>
    /// <param name="verify">Whether to check first that the transaction is still alive (S05).</param>
    /// <param name="queue">The statements to run before it, or null.</param>
    /// <exception cref="SessionAbortedException">The database rolled back instead.</exception>
    /// <exception cref="QueuedStatementException">One of those failed.</exception>
    /// <exception cref="CommitOutcomeException">It was not answered, and did not commit as far as is known.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask RunAsync(UnitOfWork unit, SessionLease lease, bool verify, StatementQueue? queue)
    {
        lease.LeaveFlow();
        if (!verify && queue is null && lease.Connection.CanEndWithoutReply)
        {
            Count(unit, lease, committed: true);
            unit.Services.Track(EndReadAsync(lease));
            return;
        }

        lease.NoteCommitSent();
        using var limit = unit.Services.CleanupToken();
        var answer = SendAsync(unit, lease, verify, queue, limit.Token);
        if (!answer.IsCompleted)
        {
            await ((Task)answer).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (answer.IsCompletedSuccessfully && answer.Result)
        {
            await CommittedAsync(unit, lease, limit.Token).ConfigureAwait(false);
        }
        else
        {
            await SettleAsync(unit, lease, queue, answer, limit.Token).ConfigureAwait(false);
        }
    }

    private static Task<bool> SendAsync(
        UnitOfWork unit, SessionLease lease, bool verify, StatementQueue? queue, CancellationToken limit)
    {
        try
        {
            queue?.HandOver(lease);
            return unit.ConfirmsCommit
                ? lease.Connection.CommitConfirmablyAsync(verify, limit).AsTask()
                : lease.Connection.CommitAsync(verify, limit).AsTask();
        }
        catch (Exception error)
        {
            return Task.FromException<bool>(error);
        }
    }

    /// <summary>Ends a transaction that only read, in the background, because its answer cannot change anything. The permit is
    /// released with the connection. Never throws.</summary>
    private static async Task EndReadAsync(SessionLease lease)
    {
        lease.LeaveHolders();
        try
        {
            using var limit = lease.Services.CleanupToken();
            await lease.Connection.CommitAsync(verify: false, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.CleanupFailed(lease.Services.Logger, lease.Services.EngineName, error);
            await lease.RollbackAsync().ConfigureAwait(false);
        }

        await lease.ReturnAsync().ConfigureAwait(false);
    }

    private static Task CommittedAsync(UnitOfWork unit, SessionLease lease, CancellationToken limit)
    {
        Count(unit, lease, committed: true);
        return WaitOrTrackAsync(unit, lease.ReturnAsync(), limit);
    }

    private static async Task SettleAsync(
        UnitOfWork unit, SessionLease lease, StatementQueue? queue, Task<bool> answer, CancellationToken limit)
    {
        // The driver cancels the COMMIT at its limit, and the database's answer shows the outcome.
        await ((Task)answer).WaitAsync(Grace, unit.Services.Time, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!answer.IsCompleted)
        {
            unit.Services.Track(FinishLateAsync(unit, lease, answer));
            var asked = await QueryOutcomeAsync(unit, lease).ConfigureAwait(false);
            if (asked != CommitOutcome.Unknown)   // otherwise the late answer may know more
            {
                Count(unit, lease, asked == CommitOutcome.Committed);
            }

            Report(unit, lease, asked, new OperationCanceledException(limit));
            return;
        }

        using var rest = unit.Services.CleanupToken();   // for the return of the connection
        await (answer.IsCompletedSuccessfully && answer.Result
            ? CommittedAsync(unit, lease, rest.Token)
            : FailedAsync(unit, lease, queue, answer, rest.Token)).ConfigureAwait(false);
    }

    /// <summary>Determines the outcome of a failed COMMIT, and reports it.</summary>
    private static async Task FailedAsync(
        UnitOfWork unit, SessionLease lease, StatementQueue? queue, Task<bool> answer, CancellationToken limit)
    {
        var connection = lease.Connection;
        var error = await ErrorOfAsync(unit, answer).ConfigureAwait(false);
        var isAborted = error is SessionAbortedException;
        var meaning = isAborted ? CommitOutcome.RolledBack : connection.ExamineCommit(error);
        var isLost = !isAborted && connection.Examine(error) == FailureKind.ConnectionLost;
        if (isLost)
        {
            unit.Services.ConnectionLost();   // before it is returned: others are pinged from now on
        }

        var named = queue?.Explain(unit.Origin.Operation, connection, unit.Services.Source.Dialect, error);
        lease.EndsAs(SessionOutcome.RolledBack);   // unless a query shows another outcome
        var ending = EndAsync(lease);
        try
        {
            await WaitOrTrackAsync(unit, ending, limit).ConfigureAwait(false);
            if (meaning == CommitOutcome.Unknown)
            {
                var asked = await QueryOutcomeAsync(unit, lease).ConfigureAwait(false);   // the permit keeps a slot for the query
                Count(unit, lease, asked == CommitOutcome.Committed);
                Report(unit, lease, asked, error);
                return;
            }
        }
        finally
        {
            unit.Services.Track(lease.ReleaseAfterAsync(ending));
        }

        Count(unit, lease, committed: false);
        if (isLost || error is OperationCanceledException)
        {
            throw Failed(unit, CommitOutcome.RolledBack, error);
        }

        CommitRefusal.Note(error, unit.Services.Source.Dialect);
        ExceptionDispatchInfo.Throw(named ?? error);   // the database's own answer
    }

    /// <remarks>Awaited, because the task of a cancelled COMMIT does not contain the database's answer.</remarks>
    private static async ValueTask<Exception> ErrorOfAsync(UnitOfWork unit, Task<bool> answer)
    {
        try
        {
            await answer.ConfigureAwait(false);
            return SessionAbortedException.CommitRolledBack(unit.Origin.Operation);
        }
        catch (Exception error)
        {
            return error;
        }
    }

    /// <summary>Waits in the background for the answer to a COMMIT, then returns the connection.</summary>
    private static async Task FinishLateAsync(UnitOfWork unit, SessionLease lease, Task<bool> answer)
    {
        var error = await ErrorOfAsync(unit, answer).ConfigureAwait(false);
        if (error is not SessionAbortedException && lease.Connection.Examine(error) == FailureKind.ConnectionLost)
        {
            unit.Services.ConnectionLost();
        }

        var committed = answer.IsCompletedSuccessfully && answer.Result;
        Count(unit, lease, committed);
        await (committed ? lease.ReturnAsync() : lease.EndAsync(isRead: true)).ConfigureAwait(false);
    }

    private static async Task EndAsync(SessionLease lease)
    {
        await lease.RollbackAsync().ConfigureAwait(false);
        await lease.ReturnConnectionAsync().ConfigureAwait(false);
    }

    private static async Task WaitOrTrackAsync(UnitOfWork unit, Task work, CancellationToken limit)
    {
        if (!work.IsCompleted)
        {
            await work.WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            unit.Services.Track(work);
        }
    }

    /// <summary>Queries on another connection whether it was committed. Never throws.</summary>
    private static async Task<CommitOutcome> QueryOutcomeAsync(UnitOfWork unit, SessionLease lease)
    {
        if (!unit.ConfirmsCommit || lease.Connection.CommitEvidence is not { } evidence)
        {
            return CommitOutcome.Unknown;   // not configured, or lost before the evidence arrived
        }

        var services = unit.Services;
        using var limit = services.CleanupToken();
        var asking = services.Source.ConfirmCommitAsync(evidence, lease.HasWritten, limit.Token);
        try
        {
            return await asking.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.CommitUnconfirmed(services.Logger, services.EngineName, unit.Origin.Operation, error);
            _ = asking.ContinueWith(
                static done => done.Exception,   // observed; its limit has passed
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return CommitOutcome.Unknown;
        }
    }

    /// <summary>Reports the outcome of a COMMIT that was not answered.</summary>
    private static void Report(UnitOfWork unit, SessionLease lease, CommitOutcome outcome, Exception unanswered)
    {
        if (outcome == CommitOutcome.Unknown)
        {
            lease.EndsAs(SessionOutcome.Unknown);
        }

        if (outcome != CommitOutcome.Committed)
        {
            throw Failed(unit, outcome, unanswered);
        }

        SessionLog.CommitConfirmed(unit.Services.Logger, unit.Services.EngineName, unit.Origin.Operation);
    }

    private static CommitOutcomeException Failed(UnitOfWork unit, CommitOutcome outcome, Exception cause) =>
        new(unit.Origin.Operation, outcome, unit.Services.Settings.CleanupTimeout, cause);

    /// <summary>Counts the outcome once: a late answer may come after the query.</summary>
    private static void Count(UnitOfWork unit, SessionLease lease, bool committed)
    {
        if (!lease.TryCount())
        {
            return;
        }

        if (committed)
        {
            unit.Services.CountCommit();
            lease.EndsAs(SessionOutcome.Committed);
            unit.NoteCommitted();
            unit.NoteDurable(lease.HasWritten);
        }
        else
        {
            unit.Services.CountRollback();
            lease.EndsAs(SessionOutcome.RolledBack);
        }
    }
}
