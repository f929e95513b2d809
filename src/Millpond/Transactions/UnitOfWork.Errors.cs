using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <content>What an error does to the session, and what is told of it.</content>
internal sealed partial class UnitOfWork
{
    /// <summary>Notes an error of its connection.</summary>
    /// <returns>The error to report instead; null to let it pass as it is.</returns>
    private Exception? Note(Exception error, Operation operation, CancellationToken caller)
    {
        var told = NoteHealth(error, operation, caller);
        NoteCause(told ?? error);
        return told;
    }

    /// <summary>Notes what an error did to the transaction.</summary>
    private Exception? NoteHealth(Exception error, Operation operation, CancellationToken caller)
    {
        var told = Explain(error, operation, caller);
        if (_lease is not { Stage: not LeaseStage.Bare } lease ||
            error is SessionAbortedException or SessionEndedException or SessionTimeoutException)
        {
            return told;
        }

        var cause = lease.Connection.FindCause(error);
        told ??= ReferenceEquals(cause, error) ? null : cause;
        var kind = error is SerializationConflictException ? FailureKind.Aborted : lease.Connection.Examine(cause);
        told = kind == FailureKind.ConnectionLost ? TellLost(error) ?? told : told;
        if (lease.InTransaction)   // without one there is nothing that an error could harm
        {
            _health.Note(kind, told ?? error);
        }

        return told;
    }

    /// <summary>Notes what failed a save whose reader the session does not see (F05). Before the save is undone.</summary>
    /// <returns>The error to report instead; null to let it pass as it is.</returns>
    public Exception? NoteFailedSave(Exception error) =>
        Note(error, new Operation(OperationKind.Command, "SaveChanges"), CancellationToken.None);

    /// <summary>The primary is elsewhere by now: nobody shall get a connection to this server any more (G13).</summary>
    private DatabaseUnavailableException TellStandby(Exception error)
    {
        Services.Source.ForgetRoles();
        Services.ConnectionLost();
        return DatabaseUnavailableException.Standby(Services.Source.Server, error);
    }

    private DatabaseUnavailableException? TellLost(Exception error)
    {
        Services.ConnectionLost();
        if (error is OperationCanceledException or DatabaseUnavailableException)
        {
            return null;
        }

        if (_lease is { Stage: LeaseStage.Autocommit } lease && MayHaveWritten(lease.HasWritten))
        {
            NoteDurable(wrote: true);   // for all that anybody knows
            return DatabaseUnavailableException.StatementLost(Services.Source.Server, error);
        }

        return DatabaseUnavailableException.ConnectionLost(Services.Source.Server, error);
    }

    /// <summary>
    /// The caller who cancelled gets its own token back, not a linked one; the one whose session ended is told that, or whose
    /// session took too long; and who wrote in a session that only reads is told where.
    /// </summary>
    private Exception? Explain(Exception error, Operation operation, CancellationToken caller) => error switch
    {
        OperationCanceledException cancelled => ExplainCancellation(cancelled, caller),
        PoolTimeoutException or DatabaseUnavailableException when Clock is { IsOver: true } => TimedOut(error),
        // What fails in the work on the driver's own connection may have to do with anything.
        _ when OnlyReads && operation.Kind != OperationKind.Exclusive && Services.Source.Dialect.IsReadOnlyRefusal(error) =>
            new ReadOnlySessionException(Origin, _commitPoint, error),
        _ when !OnlyReads && Services.Source.Dialect.IsReadOnlyRefusal(error) && _lease is { Connection.IsStandby: true } =>
            TellStandby(error),
        _ => null,
    };

    private Exception? ExplainCancellation(OperationCanceledException error, CancellationToken caller) =>
        caller.IsCancellationRequested
            ? error.CancellationToken == caller ? null : new OperationCanceledException(error.Message, error, caller)
            : _end is { } end ? new SessionEndedException(Origin.Operation, end)
            : Origin.Aborted.IsCancellationRequested
                ? error.CancellationToken == Origin.Aborted ? null
                    : new OperationCanceledException(error.Message, error, Origin.Aborted)
            : Clock is { IsOver: true } ? TimedOut(error)
            : null;
}
