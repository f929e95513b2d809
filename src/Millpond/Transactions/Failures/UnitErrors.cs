using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions.Failures;

/// <summary>The effect of an error on a session's transaction, and the error that its user gets.</summary>
internal static class UnitErrors
{
    /// <summary>Records the error of an operation, for the transaction's state and for retries.</summary>
    /// <returns>The error to report instead, or null.</returns>
    public static Exception? Note(UnitOfWork unit, Exception error, Operation operation, CancellationToken caller)
    {
        var reported = NoteHealth(unit, error, operation, caller);
        unit.Causes.Note(reported ?? error, unit.Services.Source.Dialect);
        return reported;
    }

    /// <summary>Records the error of a save whose reader the session does not see (F05), before the save is undone.</summary>
    /// <returns>The error to report instead, or null.</returns>
    public static Exception? NoteFailedSave(UnitOfWork unit, Exception error) =>
        Note(unit, error, new Operation(OperationKind.Command, "SaveChanges"), CancellationToken.None);

    /// <summary>Records that the connection was lost.</summary>
    /// <returns>The error to report instead, or null.</returns>
    public static DatabaseUnavailableException? ReportLost(UnitOfWork unit, Exception error)
    {
        unit.Services.ConnectionLost();
        if (error is OperationCanceledException or DatabaseUnavailableException)
        {
            return null;
        }

        if (unit.Lease is { Stage: LeaseStage.Autocommit } lease && unit.MayHaveWritten(lease.HasWritten))
        {
            unit.NoteDurable(wrote: true);   // it may have
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
        if (queue is not null)   // it is unknown what it ran of them, or it must be undone
        {
            kind = kind > FailureKind.Aborted ? kind : FailureKind.Aborted;
            reported ??= queue.Explain(unit.Origin.Operation, lease.Connection, unit.Services.Source.Dialect, error);
        }

        if (lease.InTransaction)   // without one there is nothing to harm
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

        // Errors of work on the driver's own connection may have any cause.
        _ when unit.OnlyReads && operation.Kind != OperationKind.Exclusive && IsReadOnlyRefusal(unit, error) =>
            new ReadOnlySessionException(unit.Origin, unit.CommitPoint, error),
        _ when !unit.OnlyReads && IsReadOnlyRefusal(unit, error) && unit.Lease is { Connection.IsStandby: true } =>
            ReportStandby(unit, error),
        _ => null,
    };

    private static bool IsReadOnlyRefusal(UnitOfWork unit, Exception error) =>
        unit.Services.Source.Dialect.IsReadOnlyRefusal(error);

    /// <summary>The primary is another server now: no session may get a connection to this one any more (G13).</summary>
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
