using Millpond.Leasing;

namespace Millpond.Transactions;

/// <summary>Turns a reader into the writer, if there is a write permit (G32), for a statement that was rejected before it did
/// anything.</summary>
internal static class WriterUpgrade
{
    public static async ValueTask RunAsync(UnitOfWork unit, Operation operation, CancellationToken cancellationToken)
    {
        var lease = unit.Lease!;
        var stays = lease.InTransaction
            ? lease.HasRun
            : unit.Use.OpenReader is not null || lease.Connection.NeedsReset || lease.TryEnterWrite();
        if (stays)
        {
            await BecomeWriterAsync(lease, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await BeginAsWriterAsync(unit, operation, cancellationToken).ConfigureAwait(false);
        }

        await OperationRun.BeginStageAsync(unit, operation, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Becomes the writer in place: in a transaction whose snapshot must not be older than the last write.</summary>
    private static async ValueTask BecomeWriterAsync(SessionLease lease, CancellationToken cancellationToken)
    {
        if (!lease.TryEnterWrite())
        {
            if (lease.InTransaction)   // its snapshot is about to become stale by the current writer
            {
                throw Conflict(lease, "then wrote while another session was writing");
            }

            await lease.EnterWriteAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await lease.Connection.BecomeWriterAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (lease.Services.Source.Dialect.IsConflict(error))
        {
            throw Conflict(lease, "another session wrote before it did", error);
        }
    }

    /// <summary>Waits for its turn to write without a connection, because the current writer may be waiting for one.</summary>
    private static async ValueTask BeginAsWriterAsync(
        UnitOfWork unit, Operation operation, CancellationToken cancellationToken)
    {
        string[] savepoints = [.. unit.Savepoints.Names];
        var lease = unit.TakeLease()!;
        var inserted = lease.Connection.LastInsertId;
        try
        {
            await lease.EndAsync(isRead: true).ConfigureAwait(false);
            await unit.AcquireAsync(writer: true, cancellationToken).ConfigureAwait(false);
            // Alone: the operation is not run a second time if the transaction cannot begin with it.
            await OperationRun.BeginStageAsync(unit, operation with { IsAlone = true }, cancellationToken).ConfigureAwait(false);
            var connection = unit.Lease!.Connection;
            connection.LastInsertId = inserted;
            foreach (var savepoint in savepoints)
            {
                await connection.SaveAsync(savepoint, cancellationToken).ConfigureAwait(false);
            }
        }
        catch when (savepoints.Length > 0)
        {
            await unit.RollBackLeaseAsync().ConfigureAwait(false);   // and removes savepoints that no longer exist
            throw;
        }
    }

    private static SerializationConflictException Conflict(SessionLease lease, string what, Exception? innerException = null) =>
        new(
            $"{lease.Owner.Origin.Operation} began as a reader, and {what}. Open the session with Access = ReadWrite, so it " +
            "waits for its turn before it reads.",
            innerException);
}
