using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Supply;
using Millpond.Transactions.Failures;

namespace Millpond.Transactions;

/// <summary>The steps of one command: prepare the connection and the transaction, run at the driver, and end.</summary>
internal static class OperationRun
{
    /// <summary>Runs an operation on the session's connection. Takes a connection and begins the transaction if that has not
    /// happened yet.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<TResult> RunAsync<TState, TResult>(
        UnitOfWork unit,
        Operation operation,
        TState state,
        Func<ProviderConnection, TState, CancellationToken, Task<TResult>> execute,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        AmbientTransaction.ThrowIfAny(operation);
        ThrowIfStateIsLost(unit, operation);
        if (operation.Kind != OperationKind.CleanUp && !unit.PendingCleanUp.IsCompleted)
        {
            await unit.PendingCleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        unit.Begin(operation);
        var cancellation = unit.TakeCancellation();
        try
        {
            if (operation.Kind != OperationKind.CleanUp)
            {
                unit.StartClock(static late => UnitEnd.OnTimeout((UnitOfWork)late!));
                unit.Health.ThrowIfUnusable(operation, unit.Origin.Operation);
                cancellationToken.ThrowIfCancellationRequested();   // it may have waited for a clean-up
                unit.Origin.Aborted.ThrowIfCancellationRequested();
            }

            if (!IsReady(unit, operation))
            {
                await GetReadyAsync(unit, operation, cancellation, cancellationToken).ConfigureAwait(false);
            }

            unit.ThrowIfEnded();   // the session may have ended while this one was queued
            var connection = unit.Lease!.Connection;
            try
            {
                var running = execute(connection, state, cancellation.Token);
                return NoteRun(unit, operation, await (running.IsCompleted ? running
                    : Watch(unit, running, operation, cancellation, cancellationToken)).ConfigureAwait(false));
            }
            catch (Exception error) when (!unit.OnlyReads && connection.NeedsWriter(error))
            {
                FollowAtDriver(unit, operation, cancellation, cancellationToken);
                unit.ThrowIfEnded();
                await WriterUpgrade.RunAsync(unit, operation, cancellation.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (operation.Kind == OperationKind.Command && unit.Lease!.InTransaction &&
                connection.CanRestartTransaction(error, operation.Target))
            {
                FollowAtDriver(unit, operation, cancellation, cancellationToken);
                await BeginAgainAsync(unit, operation, cancellation.Token).ConfigureAwait(false);
            }

            await HandOverAsync(unit, operation, cancellation.Token).ConfigureAwait(false);

            // Nothing was run the first time.
            unit.ThrowIfEnded();   // it may have waited for its turn to write
            return NoteRun(unit, operation, await Watch(
                unit, execute(unit.Lease!.Connection, state, cancellation.Token), operation, cancellation, cancellationToken)
                .ConfigureAwait(false));
        }
        catch (Exception error)
        {
            AbandonIfRunning(unit);
            var reported = UnitErrors.Note(unit, error, operation, cancellationToken);
            if (unit.Lease is { Stage: LeaseStage.Autocommit } lease &&
                lease.Connection.Examine(error) >= FailureKind.TransactionLost)
            {
                await unit.RollBackLeaseAsync().ConfigureAwait(false);   // the session continues with another connection
            }

            if (reported is not null)
            {
                ExceptionDispatchInfo.Throw(reported);   // it may be the caller's own
            }

            throw;
        }
        finally
        {
            cancellation.End();
            EndWriteIfAlone(unit);
            unit.Use.End();
            if (unit.ReturnsWhenIdle)
            {
                await UnitEnd.ReturnIfIdleAsync(unit).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Begins the transaction for an operation, if it has not begun.</summary>
    public static async ValueTask BeginStageAsync(UnitOfWork unit, Operation operation, CancellationToken cancellationToken)
    {
        var lease = unit.Lease!;
        var stage = StageFor(unit, operation);
        if (lease.Stage < stage)
        {
            try
            {
                await BeginAsync(unit, lease, stage, operation.IsAlone, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                await GiveUpAsync(unit, error).ConfigureAwait(false);
                throw;
            }
        }

        if (operation.IsAlone)
        {
            await lease.Connection.SettleAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static LeaseStage StageFor(UnitOfWork unit, Operation operation) =>
        unit.IsAutocommit && !operation.Begins ? LeaseStage.Autocommit : LeaseStage.Transaction;

    /// <summary>Returns whether it can run immediately. Work on the driver's own connection may be synchronous, so it follows
    /// its tokens first.</summary>
    private static bool IsReady(UnitOfWork unit, Operation operation) =>
        operation is { IsAlone: false, Begins: false, Kind: not OperationKind.Exclusive } &&
        unit.Queued is null && unit.Lease is { } lease && lease.Stage >= StageFor(unit, operation);

    /// <summary>Takes a connection and begins the transaction.</summary>
    /// <remarks>A writer takes the write permit first. In autocommit mode only a transaction does: a statement takes the permit
    /// when it turns out to write.</remarks>
    private static async ValueTask GetReadyAsync(
        UnitOfWork unit, Operation operation, OperationCancellation cancellation, CancellationToken caller)
    {
        cancellation.Follow(caller, RequestOf(unit, operation));
        var token = cancellation.Token;
        token.ThrowIfCancellationRequested();
        var writer = unit.BeginsAsWriter && (!unit.IsAutocommit || operation.Begins);
        if (unit.Lease is not { } lease)
        {
            await unit.AcquireAsync(writer, token).ConfigureAwait(false);
        }
        else if (writer && (operation.Begins || FollowsQueue(unit, operation)) &&
            unit.Services.WriteGate is not null && !lease.IsWriter)
        {
            await WriterUpgrade.RunAsync(unit, operation, token).ConfigureAwait(false);
        }

        EnterDriver(unit, operation, cancellation);
        await BeginStageAsync(unit, operation, token).ConfigureAwait(false);
        await HandOverAsync(unit, operation, token).ConfigureAwait(false);
    }

    /// <summary>Returns whether queued statements must run before it. A rollback to a savepoint drops them.</summary>
    private static bool FollowsQueue(UnitOfWork unit, Operation operation) =>
        unit.Queued is not null && operation.Kind is (OperationKind.Command or OperationKind.Exclusive) &&
        operation is not { Recovers: true, Target: null };

    /// <summary>Passes queued statements to the connection for the operation's packet, or sends them first if the operation
    /// cannot include them.</summary>
    private static ValueTask HandOverAsync(UnitOfWork unit, Operation operation, CancellationToken cancellationToken)
    {
        if (!FollowsQueue(unit, operation) || ReferenceEquals(operation, Operation.Open))
        {
            return ValueTask.CompletedTask;
        }

        unit.Queued!.HandOver(unit.Lease!);
        return operation is { Executes: true, IsAlone: false }
            ? ValueTask.CompletedTask
            : unit.Lease!.Connection.SettleAsync(cancellationToken);
    }

    private static async ValueTask BeginAsync(
        UnitOfWork unit, SessionLease lease, LeaseStage stage, bool alone, CancellationToken cancellationToken)
    {
        var options = unit.Options;
        var begin = options.Begin(
            unit.Services.Source.Dialect, unit.Origin.Services, lasts: stage == LeaseStage.Autocommit);
        var settings = new TransactionSettings
        {
            Isolation = options.Isolation ?? System.Data.IsolationLevel.Unspecified,
            ReadOnly = options.OnlyReads,
            StatementTimeout = options.StatementTimeout,
            Statements = begin?.Statements,
        };
        await lease.BeginAsync(stage, settings, alone || begin is { HasOwnTrip: true }, cancellationToken).ConfigureAwait(false);
        if (stage == LeaseStage.Autocommit)
        {
            unit.NoteCommitted();   // each statement commits without a further call
        }
    }

    /// <summary>Restarts a transaction whose first statement was rejected because its plan was stale (S19).</summary>
    private static async ValueTask BeginAgainAsync(UnitOfWork unit, Operation operation, CancellationToken cancellationToken)
    {
        var lease = unit.Lease!;
        try
        {
            await lease.Connection.RollbackAsync(cancellationToken).ConfigureAwait(false);
            await BeginAsync(unit, lease, LeaseStage.Transaction, operation.IsAlone, cancellationToken).ConfigureAwait(false);
            foreach (var savepoint in unit.Savepoints.Names)   // they were sent in front of it
            {
                await lease.Connection.SaveAsync(savepoint, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            await GiveUpAsync(unit, error).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Returns a connection on which no transaction could begin: nothing may run there without one.</summary>
    private static async ValueTask GiveUpAsync(UnitOfWork unit, Exception error)
    {
        var lost = unit.Lease!.Connection.Examine(error) == FailureKind.ConnectionLost;
        var queue = unit.Queued;
        await unit.RollBackLeaseAsync().ConfigureAwait(false);
        unit.Queued = queue;   // nothing of it ran
        if (lost && UnitErrors.ReportLost(unit, error) is { } reported)
        {
            throw reported;
        }
    }

    // An open reader would stay on the connection for its next user, so closing it ignores the request's token (S07).
    private static CancellationToken RequestOf(UnitOfWork unit, Operation operation) =>
        operation.Kind == OperationKind.CleanUp ? default : unit.Origin.Aborted;

    private static void FollowAtDriver(
        UnitOfWork unit, Operation operation, OperationCancellation cancellation, CancellationToken caller)
    {
        cancellation.Follow(caller, RequestOf(unit, operation), atDriver: true);
        EnterDriver(unit, operation, cancellation);
    }

    private static void EnterDriver(UnitOfWork unit, Operation operation, OperationCancellation cancellation) =>
        cancellation.EnterDriver(operation.Kind == OperationKind.CleanUp ? default : unit.Clock?.Token ?? default);

    /// <summary>Lets the caller stop waiting if the driver does not end a cancelled command. The connection is closed when it
    /// does.</summary>
    private static Task<TResult> Watch<TResult>(
        UnitOfWork unit,
        Task<TResult> running,
        Operation operation,
        OperationCancellation cancellation,
        CancellationToken caller)
    {
        FollowAtDriver(unit, operation, cancellation, caller);
        if (unit.Services.Cancels is null || operation.Kind == OperationKind.Exclusive)
        {
            return running;
        }

        unit.Running = running;
        return running.WaitAsync(cancellation.Released);
    }

    private static void AbandonIfRunning(UnitOfWork unit)
    {
        if (unit.Running is { IsCompleted: false } running)
        {
            unit.Lease?.Connection.Abandon(running);
        }

        unit.Running = null;
    }

    /// <summary>Records that a statement was executed, so the transaction depends on what it read.</summary>
    private static TResult NoteRun<TResult>(UnitOfWork unit, Operation operation, TResult result)
    {
        if (unit.Queued is { IsHandedOver: true })
        {
            unit.Queued = null;   // it was sent before
        }

        if (operation.Target is not null && unit.Lease is { } lease)
        {
            lease.HasRun = true;
            if (lease.Stage == LeaseStage.Autocommit)
            {
                unit.NoteDurable(lease.HasWritten);   // it has committed on its own
            }
        }

        return result;
    }

    /// <summary>In autocommit mode, returns the write permit with the statement that needed it.</summary>
    private static void EndWriteIfAlone(UnitOfWork unit)
    {
        if (unit.Lease is { Stage: LeaseStage.Autocommit, IsWriter: true } lease && unit.Use.OpenReader is null)
        {
            lease.EndWrite();
        }
    }

    /// <summary>Rejects a read that would use other settings: another tenant's, or another role's rights.</summary>
    private static void ThrowIfStateIsLost(UnitOfWork unit, Operation operation)
    {
        if (unit.CommitPoint is { LostState: { } lost } point && unit.End is null
            && operation.Kind is OperationKind.Command or OperationKind.Exclusive)
        {
            throw SessionEndedException.StateIsLost(unit.Origin.Operation, point, lost);
        }
    }
}
