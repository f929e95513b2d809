using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Transactions.Failures;
using Millpond.Transactions.Hooks;

namespace Millpond.Transactions;

/// <summary>The steps of a commit: what runs before it, whether it is possible, and what follows from its outcome.</summary>
internal static class UnitCommit
{
    /// <summary>Commits.</summary>
    /// <param name="unit">The unit of work.</param>
    /// <param name="level">The session's own transaction, or the one begun in autocommit mode.</param>
    /// <param name="point">The commit point, after which the session is read-only; null: it continues as before.</param>
    /// <param name="ends">Whether a failure ends the session.</param>
    /// <param name="cancellationToken">Applies until COMMIT is sent.</param>
    /// <returns>The hooks to run now, or null. After a failure they have run.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<DueHooks?> RunAsync(
        UnitOfWork unit, CommitLevel level, SessionEnd? point, bool ends, CancellationToken cancellationToken)
    {
        DueHooks? due = null;
        Exception? failure = null;
        CommitLevel? around = null;
        try
        {
            unit.ThrowIfOver();
            around = unit.Hooks.EnterCommit(level);
            await unit.PendingCleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await unit.Hooks.RunBeforeCommitAsync(level, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();   // the caller's token applies up to here (S07)
            if (unit.Queued is not null)
            {
                await UnitQueue.LeaseAsync(unit, cancellationToken).ConfigureAwait(false);
            }

            unit.Begin(Operation.Commit);
            try
            {
                await ThrowIfTooLateAsync(unit).ConfigureAwait(false);
                point?.LostState = unit.LeftState;
                var hadTransaction = unit.Lease is { InTransaction: true };
                if (unit.Lease is { InTransaction: true } lease)
                {
                    await ThrowIfUncommittableAsync(unit, level).ConfigureAwait(false);
                    var (verify, queue) = (unit.Health.VerifyCommit, unit.Queued);
                    unit.TakeLease();
                    unit.Forget();
                    await CommitExchange.RunAsync(unit, lease, verify, queue).ConfigureAwait(false);
                }
                else   // each statement has committed, or there was none
                {
                    await UnitEnd.WaitLimitedAsync(unit, unit.RollBackLeaseAsync()).ConfigureAwait(false);
                }

                if (point is not null)
                {
                    unit.PassCommitPoint(point);
                }

                due = hadTransaction || unit.Hooks.Any ? unit.Hooks.TakeCommitted() : null;
            }
            catch (Exception error) when (!unit.IsHolding)   // otherwise it was rejected, and the transaction still exists
            {
                due = unit.Hooks.TakeFailed(error);   // inside the operation, because the session's end takes the rest
                throw;
            }
            finally
            {
                unit.Use.End();
            }
        }
        catch (Exception error)
        {
            failure = error;
        }

        if (around is { } before)
        {
            unit.Hooks.LeaveCommit(before);
        }

        if (failure is not null)
        {
            await FailAsync(unit, failure, due, ends).ConfigureAwait(false);
        }

        return due;
    }

    private static async Task FailAsync(UnitOfWork unit, Exception failure, DueHooks? due, bool ends)
    {
        await (due?.RunAsync(unit.Services, unit.Origin.Operation) ?? Task.CompletedTask).ConfigureAwait(false);
        if (ends)
        {
            await unit.EndAsync("its commit failed", failure).ConfigureAwait(false);
        }

        ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Runs what comes before a commit, for a session that commits together with others.</summary>
    public static async Task PrepareAsync(UnitOfWork unit)
    {
        unit.ThrowIfOver();
        var around = unit.Hooks.EnterCommit(CommitLevel.Session);
        try
        {
            await unit.PendingCleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await unit.Hooks.RunBeforeCommitAsync(CommitLevel.Session, CancellationToken.None).ConfigureAwait(false);
            await UnitQueue.SendAsync(unit, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            unit.Hooks.LeaveCommit(around);
        }
    }

    /// <summary>Checks that it can commit, as far as the database shows before COMMIT: it still accepts a savepoint, which a
    /// driver may send only together with the next command.</summary>
    public static async Task CheckAsync(UnitOfWork unit)
    {
        unit.Begin(Operation.Commit);
        try
        {
            await ThrowIfTooLateAsync(unit).ConfigureAwait(false);
            if (unit.Lease is { InTransaction: true } lease)
            {
                ThrowIfImpossible(unit, CommitLevel.Session);
                using var limit = unit.Services.CleanupToken();
                var savepoint = unit.Savepoints.NextName();
                await lease.Connection.SaveAsync(savepoint, limit.Token).ConfigureAwait(false);
                await lease.Connection.RollbackToAsync(savepoint, limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or DbException and not MillpondException)
        {
            throw UnitErrors.Note(unit, error, Operation.Commit, CancellationToken.None) ?? (error is OperationCanceledException
                ? DatabaseUnavailableException.ConnectionLost(unit.Services.Source.Server, error)
                : SessionAbortedException.AtCommit(unit.Origin.Operation, error));
        }
        finally
        {
            unit.Use.End();
        }
    }

    /// <summary>Rejects the commit of a failed transaction, and rolls it back.</summary>
    private static async ValueTask ThrowIfUncommittableAsync(UnitOfWork unit, CommitLevel level)
    {
        try
        {
            ThrowIfImpossible(unit, level);
        }
        catch (Exception error) when (error is SessionAbortedException or DatabaseUnavailableException)
        {
            await UnitEnd.WaitLimitedAsync(unit, unit.RollBackLeaseAsync()).ConfigureAwait(false);
            throw;
        }
    }

    private static void ThrowIfImpossible(UnitOfWork unit, CommitLevel level)
    {
        if (unit.Health.Worst > FailureKind.Statement)
        {
            unit.Health.ThrowIfUnreported();
            throw SessionAbortedException.AtCommit(unit.Origin.Operation, unit.Health.FirstError);
        }

        if (unit.OpenTransactions > (level == CommitLevel.Outermost ? 1 : 0))
        {
            throw new InvalidOperationException(
                $"The session of {unit.Origin.Operation} cannot commit: a transaction inside it " +
                "(BeginTransactionAsync) is still open. Declare it with 'await using' and commit it first.");
        }
    }

    /// <summary>Rejects the commit of a session whose time has elapsed, and rolls it back.</summary>
    private static async ValueTask ThrowIfTooLateAsync(UnitOfWork unit)
    {
        if (unit.IsTooLate)
        {
            await UnitEnd.WaitLimitedAsync(unit, unit.RollBackLeaseAsync()).ConfigureAwait(false);
            throw unit.TimeIsOver(innerException: null);
        }
    }
}
