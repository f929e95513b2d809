using Millpond.Connections;

namespace Millpond.Sessions;

/// <content>The first statement of a transaction, sent again when its connection had died while it was idle (S19).</content>
internal sealed partial class UnitOfWork
{
    /// <summary>Says whether an operation that failed may be sent again: only the provider knows that nothing of it was kept,
    /// and only we that nobody gave it up.</summary>
    private ReplayKind FindReplay(Operation operation, Exception error, CancellationToken cancellationToken) =>
        operation is { Kind: OperationKind.Command, Target: { } command }
            ? FindReplay(error, command, cancellationToken)
            : ReplayKind.No;

    private ReplayKind FindReplay(Exception error, object? command, CancellationToken cancellationToken)
    {
        var isOver = _end is not null || cancellationToken.IsCancellationRequested;
        var isLimit = error is OperationCanceledException or TimeoutException || error.InnerException is TimeoutException;
        return isOver || isLimit || Options.Mode != SessionMode.Transaction
            ? ReplayKind.No
            : _lease!.Connection.FindReplay(error, command);
    }

    /// <summary>Begins, on another connection if this one turns out to be dead.</summary>
    private async ValueTask ReachAsync(LeaseStage stage, Operation operation, CancellationToken cancellationToken)
    {
        var lease = _lease!;
        try
        {
            await lease.ReachAsync(stage, Options, operation.IsAlone, cancellationToken).ConfigureAwait(false);
            return;
        }
        catch (Exception error) when (FindReplay(error, command: null, cancellationToken) == ReplayKind.FreshConnection)
        {
            await ReplaceAsync(lease, error, cancellationToken).ConfigureAwait(false);
        }

        await lease.ReachAsync(stage, Options, operation.IsAlone, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings the session to where it was before its first statement.</summary>
    /// <returns>The connection on which it can be sent again.</returns>
    /// <exception cref="DatabaseUnavailableException">It cannot: there is no other connection, or the first time has read a
    /// parameter.</exception>
    private async Task<ProviderConnection> BeginAgainAsync(
        ReplayKind kind, Operation operation, Exception error, CancellationToken cancellationToken)
    {
        var lease = _lease!;
        if (ConsumableParameter.In(operation.Target!) is { } consumed)
        {
            Refuse(lease, error, consumed);
        }

        if (kind == ReplayKind.FreshConnection)
        {
            await ReplaceAsync(lease, error, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await lease.Connection.RollbackAsync(cancellationToken).ConfigureAwait(false);
            NoteReplay("what the server had prepared for it was stale", error);
        }

        await lease.BeginAgainAsync(Options, operation.IsAlone, cancellationToken).ConfigureAwait(false);
        foreach (var savepoint in Savepoints.Names)   // they travelled in front of it
        {
            await lease.Connection.SaveAsync(savepoint, cancellationToken).ConfigureAwait(false);
        }

        return lease.Connection;
    }

    private async ValueTask ReplaceAsync(SessionLease lease, Exception error, CancellationToken cancellationToken)
    {
        if (lease.Connection.Examine(error) == FailureKind.ConnectionLost)
        {
            Services.ConnectionLost();
        }

        await _wait.ReplaceAsync(this, lease, cancellationToken).ConfigureAwait(false);
        ThrowIfEnded();
        NoteReplay("its connection had died", error);
    }

    private void NoteReplay(string reason, Exception error)
    {
        Services.CountReplay();
        SessionLog.Replayed(Services.Logger, Services.EngineName, Origin.Operation, reason, error);
    }

    private void Refuse(SessionLease lease, Exception error, string consumed)
    {
        if (lease.Connection.Examine(error) == FailureKind.ConnectionLost)
        {
            throw DatabaseUnavailableException.ConnectionLost(
                Services.Source.Server,
                error,
                $"It was the session's first statement, and would have been sent again by itself but for a parameter that can " +
                $"be read once only ({consumed}); give its bytes or its text instead.");
        }

        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
    }
}
