using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <content>When it holds the one write permit, where there is one (G32).</content>
internal sealed partial class UnitOfWork
{
    /// <summary>Leases a connection, and the write permit for what begins as a writer: where each statement commits by itself
    /// that is a transaction, and a statement takes the permit when it turns out to write.</summary>
    private async ValueTask LeaseAsync(Operation operation, CancellationToken cancellationToken)
    {
        var writer = BeginsAsWriter && (!IsAutocommit || operation.Begins);
        if (_lease is null)
        {
            await AcquireAsync(writer, cancellationToken).ConfigureAwait(false);
        }
        else if (writer && operation.Begins && Services.WriteGate is not null && !_lease.IsWriter)
        {
            await BecomeWriterAsync(operation, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for permits and a connection. The end of the session cuts it short.</summary>
    private async ValueTask AcquireAsync(bool writer, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Interlocked.Exchange(ref _waiting, waiting);
        try
        {
            ThrowIfEnded();   // the end came before this, or it finds what to cancel
            Volatile.Write(ref _lease, await Services.LeaseAsync(this, writer, waiting.Token).ConfigureAwait(false));
        }
        finally
        {
            Interlocked.Exchange(ref _waiting, null);
        }

        _use.Leased();
    }

    private void CancelWait()
    {
        try
        {
            Volatile.Read(ref _waiting)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was over at that very moment.
        }
    }

    /// <summary>Notes that a statement was executed, so that the transaction depends on what it read.</summary>
    private TResult NoteRun<TResult>(Operation operation, TResult result)
    {
        if (operation.Target is not null && _lease is { } lease)
        {
            lease.HasRun = true;
            if (lease.Stage == LeaseStage.Autocommit)
            {
                NoteDurable(lease.HasWritten);   // it has committed by itself
            }
        }

        return result;
    }

    /// <summary>Makes a reader the writer, for a statement that was refused before it did anything.</summary>
    private async ValueTask<ProviderConnection> BecomeWriterAsync(Operation operation, CancellationToken cancellationToken)
    {
        var lease = _lease!;
        var stays = lease.InTransaction
            ? lease.HasRun
            : _use.OpenReader is not null || lease.Connection.NeedsReset || lease.TryEnterWrite();
        if (stays)
        {
            await lease.BecomeWriterAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await BeginAsWriterAsync(operation, cancellationToken).ConfigureAwait(false);
        }

        return await ReadyAsync(operation, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for its turn to write without a connection: the writer before it may be waiting for one.</summary>
    private async ValueTask BeginAsWriterAsync(Operation operation, CancellationToken cancellationToken)
    {
        string[] savepoints = [.. Savepoints.Names];
        var lease = TakeLease()!;
        var inserted = lease.Connection.LastInsertId;
        try
        {
            await lease.EndAsync(isRead: true).ConfigureAwait(false);
            await AcquireAsync(writer: true, cancellationToken).ConfigureAwait(false);
            // Alone: the operation is not tried again if the transaction cannot begin with it.
            var alone = operation with { IsAlone = true };
            var connection = await ReadyAsync(alone, cancellationToken).ConfigureAwait(false);
            connection.LastInsertId = inserted;
            foreach (var savepoint in savepoints)
            {
                await connection.SaveAsync(savepoint, cancellationToken).ConfigureAwait(false);
            }
        }
        catch when (savepoints.Length > 0)
        {
            await RollBackLeaseAsync().ConfigureAwait(false);   // and forgets savepoints that are no more
            throw;
        }
    }

    /// <summary>Gives the write permit back with the statement that needed it, where each commits by itself. Inside the
    /// operation.</summary>
    private void EndWriteIfAlone()
    {
        if (_lease is { Stage: LeaseStage.Autocommit, IsWriter: true } lease && _use.OpenReader is null)
        {
            lease.EndWrite();
        }
    }
}
