using Millpond.Admission;
using Millpond.Connections;

namespace Millpond.Sessions;

/// <summary>A connection while a session has it, with the permits it stands for and the transaction on it.</summary>
internal sealed class SessionLease(
    SessionServices services,
    string owner,
    ProviderConnection connection,
    Deadline deadline,
    Permit permit,
    Permit writePermit,
    int slot)
{
    private Permit _writePermit = writePermit;

    public ProviderConnection Connection { get; } = connection;

    /// <summary>Gets its slot in the table of holders.</summary>
    public int Slot { get; } = slot;

    /// <summary>Gets or sets whether a statement of the transaction said that it changed rows.</summary>
    public bool HasWritten { get; set; }

    public bool InTransaction { get; private set; }

    public async ValueTask BeginAsync(DbSessionOptions options, CancellationToken cancellationToken)
    {
        var settings = new TransactionSettings
        {
            Isolation = options.Isolation ?? System.Data.IsolationLevel.Unspecified,
            ReadOnly = options.Access == SessionAccess.ReadOnly,
            Writer = _writePermit.IsHeld,
            BusyLimit = deadline.Left,
        };
        await Connection.BeginAsync(settings, cancellationToken).ConfigureAwait(false);
        InTransaction = true;
    }

    /// <summary>Turns a reader into the writer, at once or not at all (G32).</summary>
    /// <exception cref="SerializationConflictException">Somebody else writes, or has written since this one began to
    /// read.</exception>
    public async ValueTask BecomeWriterAsync(CancellationToken cancellationToken)
    {
        // Never waits: it holds a snapshot that the present writer is about to make stale, and a connection.
        if (!_writePermit.IsHeld)   // an earlier try may have failed behind the gate
        {
            if (!services.WriteGate!.TryEnter(out var taken))
            {
                throw new SerializationConflictException(
                    $"{owner} began as a reader and then wrote while another session was writing. Open the session with " +
                    "Access = ReadWrite, so that it waits for its turn before it reads.");
            }

            _writePermit = taken;
        }

        try
        {
            await Connection.BecomeWriterAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (services.Source.Dialect.IsConflict(error))
        {
            throw new SerializationConflictException(
                $"{owner} began as a reader, and somebody else wrote before it did. Open the session with Access = ReadWrite, " +
                "so that it waits for its turn before it reads.",
                error);
        }
    }

    /// <summary>Commits, and gives the connection back whatever comes of it.</summary>
    /// <remarks>The caller waits no longer than the clean-up's limit, whatever the driver does: Npgsql waits for the answer to
    /// its request to cancel, which a network that lost everything never brings. Then the rest is done behind it.</remarks>
    /// <exception cref="SessionAbortedException">The database answered by a rollback.</exception>
    /// <exception cref="CommitOutcomeException">The connection was lost before the answer, or the limit passed.</exception>
    public async Task CommitAsync(bool verify)
    {
        using var limit = services.CleanupToken();
        var commit = CommitAndReturnAsync(verify, limit.Token);
        try
        {
            await commit.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException late)   // of this wait: the commit itself never ends so
        {
            await Task.Yield();   // this is the limit's own thread, and the driver has not been told of it yet
            if (commit.IsCompleted)
            {
                await commit.ConfigureAwait(false);
                return;
            }

            services.Track(commit);
            throw new CommitOutcomeException(owner, CommitOutcome.Unknown, late);
        }
    }

    /// <summary>
    /// Rolls back as well as can be. What fails here leaves the connection in doubt, and such a one is never reused.
    /// </summary>
    public async Task RollBackAsync()
    {
        if (!InTransaction)
        {
            return;
        }

        services.CountRollback();
        try
        {
            using var limit = services.CleanupToken();
            await Connection.RollbackAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.CleanupFailed(services.Logger, services.EngineName, error);
        }
    }

    /// <summary>Asks the database to give up what runs. Never throws.</summary>
    public async Task CancelAsync(object running)
    {
        try
        {
            await Connection.CancelAsync(running).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.CancelFailed(services.Logger, services.EngineName, error);
        }
    }

    /// <summary>Gives the connection back; the permits come free even when it does not close properly.</summary>
    public async ValueTask ReturnAsync()
    {
        try
        {
            await services.Source.ReturnAsync(Connection).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.CleanupFailed(services.Logger, services.EngineName, error);
        }
        finally
        {
            services.Holders.Remove(Slot);
            _writePermit.Release();
            permit.Release();
        }
    }

    private async Task CommitAndReturnAsync(bool verify, CancellationToken limit)
    {
        try
        {
            if (!await Connection.CommitAsync(verify, limit).ConfigureAwait(false))
            {
                throw SessionAbortedException.CommitRolledBack(owner);
            }

            services.CountCommit();
        }
        catch (Exception error)
        {
            var lost = error is not SessionAbortedException && Connection.Examine(error) == FailureKind.ConnectionLost;
            await RollBackAsync().ConfigureAwait(false);
            if (lost)
            {
                services.ConnectionLost();
            }
            else if (error is not OperationCanceledException)   // else our own limit passed
            {
                CommitRefusal.Note(error, services.Source.Dialect);
                throw;   // the database's own answer: it did not commit
            }

            throw new CommitOutcomeException(owner, CommitOutcome.Unknown, error);
        }
        finally
        {
            await ReturnAsync().ConfigureAwait(false);
        }
    }
}
