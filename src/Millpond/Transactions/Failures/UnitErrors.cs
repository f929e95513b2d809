using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions.Failures;

/// <summary>What an error means for a session's transaction, and what its user is to see.</summary>
internal static class UnitErrors
{
    /// <summary>Notes the error of an operation, for the transaction's health and for retries.</summary>
    /// <returns>The error to report instead; null to let it pass as it is.</returns>
    public static Exception? Note(UnitOfWork unit, Exception error, Operation operation, CancellationToken caller)
    {
        var reported = NoteHealth(unit, error, operation, caller);
        unit.Causes.Note(reported ?? error, unit.Services.Source.Dialect);
        return reported;
    }

    /// <summary>Notes what failed a save whose reader the session does not see (F05). Before the save is undone.</summary>
    /// <returns>The error to report instead; null to let it pass as it is.</returns>
    public static Exception? NoteFailedSave(UnitOfWork unit, Exception error) =>
        Note(unit, error, new Operation(OperationKind.Command, "SaveChanges"), CancellationToken.None);

    /// <summary>Notes that the connection was lost.</summary>
    /// <returns>The error to report instead; null: it says so already.</returns>
    public static DatabaseUnavailableException? ReportLost(UnitOfWork unit, Exception error)
    {
        unit.Services.ConnectionLost();
        if (error is OperationCanceledException or DatabaseUnavailableException)
        {
            return null;
        }

        if (unit.Lease is { Stage: LeaseStage.Autocommit } lease && unit.MayHaveWritten(lease.HasWritten))
        {
            unit.NoteDurable(wrote: true);   // for all that anybody knows
            return DatabaseUnavailableException.StatementLost(unit.Services.Source.Server, error);
        }

        return DatabaseUnavailableException.ConnectionLost(unit.Services.Source.Server, error);
    }

    private static Exception? NoteHealth(UnitOfWork unit, Exception error, Operation operation, CancellationToken caller)
    {
        var reported = Explain(unit, error, operation, caller);
        var queue = unit.TakeHandedOver();
        if (unit.Lease is not { Stage: not LeaseStage.Bare } lease ||
            error is SessionAbortedException or SessionEndedException or SessionTimeoutException)
        {
            return reported;
        }

        var cause = lease.Connection.FindCause(error);
        reported ??= ReferenceEquals(cause, error) ? null : cause;
        var kind = error is SerializationConflictException ? FailureKind.Aborted : lease.Connection.Examine(cause);
        reported = kind == FailureKind.ConnectionLost ? ReportLost(unit, error) ?? reported : reported;
        if (queue is not null)   // what it ran of them nobody knows, or it is to be undone
        {
            kind = kind > FailureKind.Aborted ? kind : FailureKind.Aborted;
            reported ??= queue.Explain(unit.Origin.Operation, lease.Connection, unit.Services.Source.Dialect, error);
        }

        if (lease.InTransaction)   // without one there is nothing that an error could harm
        {
            unit.Health.Note(kind, reported ?? error);
        }

        return reported;
    }

    private static Exception? Explain(
        UnitOfWork unit, Exception error, Operation operation, CancellationToken caller) => error switch
    {
        OperationCanceledException cancelled => ExplainCancellation(unit, cancelled, caller),
        PoolTimeoutException or DatabaseUnavailableException when unit.Clock is { IsOver: true } => unit.TimeIsOver(error),

        // What fails in the work on the driver's own connection may have to do with anything.
        _ when unit.OnlyReads && operation.Kind != OperationKind.Exclusive && IsReadOnlyRefusal(unit, error) =>
            new ReadOnlySessionException(unit.Origin, unit.CommitPoint, error),
        _ when !unit.OnlyReads && IsReadOnlyRefusal(unit, error) && unit.Lease is { Connection.IsStandby: true } =>
            ReportStandby(unit, error),
        _ => null,
    };

    private static bool IsReadOnlyRefusal(UnitOfWork unit, Exception error) =>
        unit.Services.Source.Dialect.IsReadOnlyRefusal(error);

    /// <summary>The primary is elsewhere by now: nobody shall get a connection to this server any more (G13).</summary>
    private static DatabaseUnavailableException ReportStandby(UnitOfWork unit, Exception error)
    {
        unit.Services.Source.DropStandbyConnections();
        unit.Services.ConnectionLost();
        return DatabaseUnavailableException.Standby(unit.Services.Source.Server, error);
    }

    private static Exception? ExplainCancellation(UnitOfWork unit, OperationCanceledException error, CancellationToken caller) =>
        caller.IsCancellationRequested ? WithToken(error, caller)
        : unit.End is { } end ? new SessionEndedException(unit.Origin.Operation, end)
        : unit.Origin.Aborted.IsCancellationRequested ? WithToken(error, unit.Origin.Aborted)
        : unit.Clock is { IsOver: true } ? unit.TimeIsOver(error)
        : null;

    private static OperationCanceledException? WithToken(OperationCanceledException error, CancellationToken token) =>
        error.CancellationToken == token ? null : new OperationCanceledException(error.Message, error, token);
}
