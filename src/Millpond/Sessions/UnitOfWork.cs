using System.Data;
using Millpond.Connections;

namespace Millpond.Sessions;

/// <summary>One life of a session: from its first statement over its transactions to its end.</summary>
/// <remarks>
/// <para>It leases a connection with the first operation and gives it back with each commit or rollback, so between two transactions
/// it holds nothing. The facade belongs to the unit of work, not to the session: whoever keeps it past the end is told so, even when
/// the session has been armed anew (S08).</para>
/// <para><see cref="SessionUse"/> lets one operation in at a time; everything below it runs inside such an operation, or after
/// <see cref="SessionUse.CloseAsync"/> said that there will be none.</para>
/// </remarks>
internal sealed class UnitOfWork
{
    private readonly DbSessionOptions _options;
    private readonly SessionUse _use;
    private SessionLease? _lease;
    private FailureKind _failure;
    private Exception? _firstError;
    private bool _verifyCommit;
    private SessionEnd? _end;
    private SessionConnection? _facade;
    private List<Func<ValueTask>>? _deferred;

    public UnitOfWork(long id, SessionServices services, DbSessionOptions options, SessionOrigin origin)
    {
        Id = id;
        Services = services;
        Origin = origin;
        _options = options;
        _use = new SessionUse(services.Source.Dialect.AllowsCommandsBesideReaders);
    }

    public long Id { get; }

    public SessionServices Services { get; }

    public SessionOrigin Origin { get; }

    public SavepointStack Savepoints { get; } = new();

    public SessionConnection Facade => _facade ??= Services.CreateFacade(new SessionSeat(this));

    /// <summary>Gets whether it holds a connection.</summary>
    public bool IsHolding => Volatile.Read(ref _lease) is not null;

    public IsolationLevel Isolation => _options.Isolation ?? Services.Source.Dialect.DefaultIsolation;

    public SessionState State =>
        _end is not null ? SessionState.Ended
        : _failure >= FailureKind.Gone ? SessionState.Gone
        : _failure == FailureKind.Aborted ? SessionState.Aborted
        : IsHolding ? SessionState.Active
        : SessionState.Idle;

    private bool BeginsAsWriter => _options.Access switch
    {
        SessionAccess.ReadOnly => false,
        SessionAccess.ReadWrite => true,
        _ => Origin.BeginsAsWriter,
    };

    /// <summary>Runs one operation on the session's connection, leasing it and beginning the transaction if that has not happened yet.</summary>
    public async Task<TResult> RunAsync<TState, TResult>(
        Operation operation,
        TState state,
        Func<ProviderConnection, TState, CancellationToken, Task<TResult>> execute,
        CancellationToken cancellationToken)
    {
        await RunDeferredAsync().ConfigureAwait(false);
        Begin(operation);
        CancellationTokenSource? linked = null;
        try
        {
            ThrowIfUnusable(operation);
            var token = Link(cancellationToken, ref linked);
            token.ThrowIfCancellationRequested();
            var connection = await ReadyAsync(token).ConfigureAwait(false);
            ThrowIfEnded();   // while this one waited in the queue the session may have ended
            try
            {
                return await execute(connection, state, token).ConfigureAwait(false);
            }
            catch (Exception error) when (_options.Access != SessionAccess.ReadOnly && connection.NeedsWriter(error))
            {
                await BecomeWriterAsync(connection, token).ConfigureAwait(false);
            }

            return await execute(connection, state, token).ConfigureAwait(false);   // nothing was done the first time
        }
        catch (Exception error)
        {
            if (Note(error, cancellationToken) is { } told)
            {
                throw told;
            }

            throw;
        }
        finally
        {
            linked?.Dispose();
            _use.End();
        }
    }

    public void Opened(SessionDataReader reader) => _use.Opened(reader);

    public void Closed(SessionDataReader reader) => _use.Closed(reader);

    public void ThrowIfEnded()
    {
        if (_end is { } end)
        {
            throw new SessionEndedException(Origin.Operation, end);
        }
    }

    /// <summary>Leaves work of a synchronous Dispose for later: it runs in front of the next operation, or goes with the session's end.</summary>
    public void Defer(Func<ValueTask> work)
    {
        lock (_use)
        {
            (_deferred ??= []).Add(work);
        }
    }

    /// <summary>Cancels a command or batch if it is the one that runs. Never throws.</summary>
    public async Task CancelAsync(object target)
    {
        if (_use.Running is { Target: { } running } && ReferenceEquals(running, target) && Volatile.Read(ref _lease) is { } lease)
        {
            await lease.Connection.CancelAsync(target).ConfigureAwait(false);
        }
    }

    /// <summary>Notes that the transaction is back at a savepoint, which heals what only aborted it.</summary>
    public void RolledBackTo(string savepoint)
    {
        Savepoints.RollBackTo(savepoint);
        _failure = FailureKind.Statement;
        _firstError = null;
    }

    /// <summary>Commits what was done; later statements begin a new transaction.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        await RunDeferredAsync().ConfigureAwait(false);
        Begin(Operation.Commit);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();   // the last moment the caller's token counts (S07)
            if (_lease is not null)
            {
                await CommitLeaseAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _use.End();
        }
    }

    /// <summary>Rolls back what was done; later statements begin a new transaction.</summary>
    public async Task RollbackAsync()
    {
        await RunDeferredAsync().ConfigureAwait(false);
        Begin(Operation.Rollback);
        try
        {
            await RollBackLeaseAsync().ConfigureAwait(false);
        }
        finally
        {
            _use.End();
        }
    }

    /// <summary>Ends the session: cancels what still runs, closes readers, rolls back, and gives the connection back. Never throws.</summary>
    /// <remarks>A command that does not stop keeps its connection until it does; the caller does not wait longer than the
    /// clean-up's limit for it.</remarks>
    public async Task EndAsync(string how)
    {
        var end = new SessionEnd(how, Services.Time.GetUtcNow());
        if (Interlocked.CompareExchange(ref _end, end, null) is not null)
        {
            return;
        }

        var cleanup = CleanUpAsync();
        if (cleanup.IsCompletedSuccessfully)
        {
            return;
        }

        Services.Track(cleanup);
        try
        {
            await cleanup.WaitAsync(Services.Settings.CleanupTimeout, Services.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var limit = Services.Settings.CleanupTimeout.TotalSeconds;
            var running = _use.Running is { } late ? CommandText.Shorten(late.Text) : "the clean-up";
            SessionLog.CleanupLate(Services.Logger, Id, Services.EngineName, Origin.Operation, running, limit);
        }
        catch (Exception)
        {
            // Logged where the clean-up is tracked; whoever ends a session has nothing to add.
        }
    }

    private async ValueTask RunDeferredAsync()
    {
        if (_deferred is null)
        {
            return;
        }

        Func<ValueTask>[] work;
        lock (_use)
        {
            work = [.. _deferred ?? []];
            _deferred = null;
        }

        foreach (var step in work)
        {
            await step().ConfigureAwait(false);
        }
    }

    private void Begin(Operation operation)
    {
        if (!_use.TryBegin(operation))
        {
            ThrowIfEnded();
        }
    }

    private void ThrowIfUnusable(Operation operation)
    {
        if (operation.Kind == OperationKind.ReaderClose)
        {
            return;
        }

        if (_failure >= FailureKind.Gone || (_failure == FailureKind.Aborted && !operation.Recovers))
        {
            throw SessionAbortedException.AtStatement(Origin.Operation, _failure >= FailureKind.Gone, _firstError);
        }
    }

    private CancellationToken Link(CancellationToken caller, ref CancellationTokenSource? linked)
    {
        if (caller == Origin.Aborted || !Origin.Aborted.CanBeCanceled)
        {
            return caller;   // the usual case: the handler passes on the token it was given
        }

        if (!caller.CanBeCanceled)
        {
            return Origin.Aborted;
        }

        linked = CancellationTokenSource.CreateLinkedTokenSource(caller, Origin.Aborted);
        return linked.Token;
    }

    private async ValueTask<ProviderConnection> ReadyAsync(CancellationToken cancellationToken)
    {
        if (_lease is null)
        {
            var lease = await Services.LeaseAsync(this, BeginsAsWriter, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _lease, lease);
        }

        if (!_lease.InTransaction)
        {
            try
            {
                await _lease.Connection.BeginAsync(BeginSettings(_lease), cancellationToken).ConfigureAwait(false);
                _lease.InTransaction = true;
            }
            catch
            {
                await Services.ReturnAsync(TakeLease()!).ConfigureAwait(false);
                throw;
            }
        }

        return _lease.Connection;
    }

    private TransactionSettings BeginSettings(SessionLease lease) => new()
    {
        Isolation = _options.Isolation ?? IsolationLevel.Unspecified,
        ReadOnly = _options.Access == SessionAccess.ReadOnly,
        Writer = lease.WritePermit.IsHeld,
        BusyLimit = Services.Settings.PoolTimeout,
    };

    private async ValueTask BecomeWriterAsync(ProviderConnection connection, CancellationToken cancellationToken)
    {
        // Never waits: it holds a snapshot that the present writer is about to make stale, and a connection (G32).
        if (!Services.WriteGate!.TryEnter(out var permit))
        {
            throw new SerializationConflictException(
                $"{Origin.Operation} began as a reader and then wrote while another session was writing. Open the session with " +
                "Access = ReadWrite, so that it waits for its turn before it reads.");
        }

        _lease!.WritePermit = permit;
        try
        {
            await connection.BecomeWriterAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (Services.Source.Dialect.IsConflict(error))
        {
            throw new SerializationConflictException(
                $"{Origin.Operation} began as a reader, and somebody else wrote before it did. Open the session with Access = ReadWrite, " +
                "so that it waits for its turn before it reads.",
                error);
        }
    }

    /// <summary>Remembers what an error did to the transaction.</summary>
    /// <returns>The error to tell instead; null to let it pass as it is.</returns>
    private Exception? Note(Exception error, CancellationToken caller)
    {
        var told = error is OperationCanceledException cancelled ? ExplainCancellation(cancelled, caller) : null;
        if (_lease is not { InTransaction: true } lease || error is SessionAbortedException or SessionEndedException)
        {
            return told;
        }

        var kind = error is SerializationConflictException ? FailureKind.Aborted : lease.Connection.Examine(error);
        _verifyCommit = true;
        if (kind > _failure)
        {
            _failure = kind;
        }

        if (kind > FailureKind.Statement)
        {
            _firstError ??= error;
        }

        if (kind != FailureKind.ConnectionLost)
        {
            return told;
        }

        Services.ConnectionLost();
        return error is OperationCanceledException
            ? told
            : DatabaseUnavailableException.ConnectionLost(Services.Source.Server, error);
    }

    /// <summary>The caller who cancelled gets its own token back, not a linked one; the one whose session ended is told that.</summary>
    private Exception? ExplainCancellation(OperationCanceledException error, CancellationToken caller) =>
        caller.IsCancellationRequested
            ? error.CancellationToken == caller ? null : new OperationCanceledException(error.Message, error, caller)
            : _end is { } end ? new SessionEndedException(Origin.Operation, end)
            : null;

    private async Task CommitLeaseAsync()
    {
        if (_failure > FailureKind.Statement)
        {
            var aborted = SessionAbortedException.AtCommit(Origin.Operation, _firstError);
            await RollBackLeaseAsync().ConfigureAwait(false);
            throw aborted;
        }

        if (Savepoints.OpenTransactions > 0)
        {
            throw new InvalidOperationException(
                $"The session of {Origin.Operation} cannot commit: a transaction begun inside it (BeginAsync) is neither committed nor rolled back. " +
                "Write 'await using' before it and commit it first.");
        }

        var lease = TakeLease()!;
        var verify = _verifyCommit;
        Forget();
        try
        {
            using var limit = Services.CleanupToken();
            if (!await lease.Connection.CommitAsync(verify, limit.Token).ConfigureAwait(false))
            {
                await RollBackQuietlyAsync(lease).ConfigureAwait(false);
                throw SessionAbortedException.CommitRolledBack(Origin.Operation);
            }

            Services.CountCommit();
        }
        catch (Exception error) when (error is not SessionAbortedException)
        {
            var lost = lease.Connection.Examine(error) == FailureKind.ConnectionLost;
            await RollBackQuietlyAsync(lease).ConfigureAwait(false);
            if (!lost)
            {
                CommitRefusal.Note(error, Services.Source.Dialect);
                throw;   // the database's own answer: it did not commit
            }

            Services.ConnectionLost();
            throw new CommitOutcomeException(Origin.Operation, CommitOutcome.Unknown, error);
        }
        finally
        {
            await Services.ReturnAsync(lease).ConfigureAwait(false);
        }
    }

    private async Task RollBackLeaseAsync()
    {
        var lease = TakeLease();
        Forget();
        if (lease is not null)
        {
            await RollBackQuietlyAsync(lease).ConfigureAwait(false);
            await Services.ReturnAsync(lease).ConfigureAwait(false);
        }
    }

    /// <summary>Rolls back as well as can be. What fails here leaves the connection in doubt, and such a one is never reused.</summary>
    private async Task RollBackQuietlyAsync(SessionLease lease)
    {
        if (!lease.InTransaction)
        {
            return;
        }

        Services.CountRollback();
        try
        {
            using var limit = Services.CleanupToken();
            await lease.Connection.RollbackAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.CleanupFailed(Services.Logger, Services.EngineName, error);
        }
    }

    private async Task CleanUpAsync()
    {
        var closing = _use.CloseAsync();
        if (!closing.IsCompleted && _use.Running is { Target: { } target } && Volatile.Read(ref _lease) is { } busy)
        {
            await busy.Connection.CancelAsync(target).ConfigureAwait(false);
        }

        foreach (var reader in await closing.ConfigureAwait(false))
        {
            await reader.AbandonAsync().ConfigureAwait(false);
        }

        await RollBackLeaseAsync().ConfigureAwait(false);
    }

    private SessionLease? TakeLease() => Interlocked.Exchange(ref _lease, null);

    private void Forget()
    {
        _failure = FailureKind.Statement;
        _firstError = null;
        _verifyCommit = false;
        Savepoints.Clear();
    }
}
