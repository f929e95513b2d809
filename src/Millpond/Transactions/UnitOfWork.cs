using System.Data;
using Millpond.Admission;
using Millpond.Leasing;
using Millpond.Leasing.Findings;
using Millpond.Providers;
using Millpond.Supply;
using Millpond.Transactions.Failures;
using Millpond.Transactions.Hooks;

namespace Millpond.Transactions;

/// <summary>One life of a session: from its first statement to its end.</summary>
/// <remarks>
/// <para>It takes a connection with the first operation and returns it with each commit or rollback, so it holds nothing
/// between two transactions. <see cref="SessionUse"/> allows one operation at a time; everything else here runs inside such an
/// operation, or after <see cref="SessionUse.CloseAsync"/>.</para>
/// <para><see cref="OperationRun"/> runs one command, <see cref="UnitCommit"/> commits, <see cref="UnitEnd"/> ends the
/// session.</para>
/// </remarks>
internal sealed class UnitOfWork : LeaseHolder
{
    private DbSessionOptions _options;
    private DbSessionOptions? _readOptions;
    private SessionClock? _clock;
    private SessionLease? _lease;
    private SessionEnd? _end;
    private volatile SessionEnd? _commitPoint;
    private volatile OperationCancellation? _cancellation;
    private DeferredCleanUp? _deferred;
    private RetryCauses? _causes;
    private SavepointStack? _savepoints;
    private volatile bool _resetsOnReturn;

    public UnitOfWork(long id, LeaseServices services, DbSessionOptions options, SessionOrigin origin)
        : base(id, services, origin)
    {
        _options = options;
        _clock = ClockOf(options);
        Hooks = new UnitHooks(this);
    }

    public TransactionHealth Health { get; } = new();

    /// <summary>Gets the clean-ups that are not awaited.</summary>
    public DeferredCleanUp Deferred =>
        _deferred ?? Interlocked.CompareExchange(ref _deferred, new DeferredCleanUp(this), null) ?? _deferred;

    /// <summary>Gets the last one.</summary>
    public Task PendingCleanUp => _deferred?.Pending ?? Task.CompletedTask;

    public UnitHooks Hooks { get; }

    public SavepointStack Savepoints => _savepoints ??= new SavepointStack();

    /// <summary>Gets the errors of its connection after which its work can be retried (S17).</summary>
    /// <remarks>Only these count: an equal error in a chain may come from another database.</remarks>
    public RetryCauses Causes => _causes ??= new RetryCauses();

    /// <summary>Gets its current options.</summary>
    public DbSessionOptions Options => _commitPoint is null ? _options : _readOptions ??= ForReading(_options);

    public bool OnlyReads => Options.OnlyReads;

    public override bool IsPatient => _options.Retries > 0;

    public bool ConfirmsCommit => _options.ConfirmsCommit;

    public SessionLease? Lease => Volatile.Read(ref _lease);

    public bool IsHolding => Lease is not null;

    /// <summary>Gets or sets the queued statements, or null.</summary>
    public StatementQueue? Queued
    {
        get => _savepoints?.Queued;
        set
        {
            if (value is not null || _savepoints is not null)
            {
                Savepoints.Queued = value;
            }
        }
    }

    /// <summary>Gets whether the transaction has changed rows or will.</summary>
    public bool HasWritten => Queued is not null || (Lease?.HasWritten ?? false);

    /// <summary>Gets how it ended, or null.</summary>
    public SessionEnd? End => Volatile.Read(ref _end);

    /// <summary>Gets its commit point, after which it is read-only (S09), or null.</summary>
    /// <remarks>From then on each statement has its own transaction, in which the database itself prevents writes, and the
    /// connection is returned when it or its reader ends: a response that takes hours holds one only while it reads.</remarks>
    public SessionEnd? CommitPoint => _commitPoint;

    public bool IsReading => _commitPoint is not null && End is null;

    /// <summary>Gets whether the connection is returned after each statement: past the commit point, and in a session that
    /// nothing commits (S24), unless a transaction or state of the connection has to last.</summary>
    public bool ReturnsWhenIdle => _commitPoint is not null
        || (Origin.Uncommitted is not null && !IsAutocommit && OpenTransactions == 0 && LeftState is null);

    /// <summary>Gets its time limit; none after the commit point.</summary>
    public SessionClock? Clock => _commitPoint is null ? _clock : null;

    /// <summary>Gets or sets whether it was rolled back because its time had elapsed.</summary>
    public bool TimedOut { get; set; }

    public bool IsTooLate => _clock is { IsOver: true } && (TimedOut || IsHolding);

    /// <summary>Gets or sets the real transaction that was begun in autocommit mode.</summary>
    /// <remarks>Its end is the session's commit or rollback, which returns the connection. Inner ones are savepoints.</remarks>
    public object? Outermost { get; set; }

    public bool IsAutocommit => Options.Mode == SessionMode.Autocommit;

    /// <summary>Gets whether each statement commits on its own now, so a transaction has to be begun first.</summary>
    public bool CommitsEachStatement => IsAutocommit && Outermost is null;

    /// <summary>Gets how many transactions are open.</summary>
    public int OpenTransactions => (_savepoints?.OpenTransactions ?? 0) + (Outermost is null ? 0 : 1);

    /// <summary>Gets whether another session waits for what it holds: a connection, or the write permit.</summary>
    public bool BlocksOthers => Lease is { } lease
        && (Services.Gate.GetSnapshot().Waiting > 0 || (lease.IsWriter && Services.WriteGate?.GetSnapshot().Waiting > 0));

    public IsolationLevel Isolation => Services.Source.Dialect.IsolationFor(
        Options.Isolation ?? Lease?.Connection.DefaultIsolation ?? IsolationLevel.Unspecified);

    public SessionState State =>
        End is not null ? SessionState.Ended
        : Health.Worst >= FailureKind.TransactionLost ? SessionState.Lost
        : Health.Worst == FailureKind.Aborted ? SessionState.Aborted
        : _commitPoint is not null ? SessionState.ReadOnly
        : IsHolding ? SessionState.Active
        : SessionState.Idle;

    /// <summary>Gets the state that it has left on its connection so far, or null.</summary>
    public string? LeftState => Lease?.Connection.State ?? (_resetsOnReturn ? "ResetOnReturn" : null);

    /// <summary>Gets or sets the driver's task that a caller waits for.</summary>
    public Task? Running { get; set; }

    /// <summary>Gets whether it takes the write permit, if there is one, before its first statement.</summary>
    public bool BeginsAsWriter => Options.Access switch
    {
        _ when OnlyReads => false,
        _ when Queued is not null => true,
        _ when Origin.IsRetry => true,
        SessionAccess.ReadWrite => true,
        SessionAccess.ReadFirst => false,
        _ => Origin.BeginsAsWriter,
    };

    public override Deadline Cap(Deadline deadline) => Clock?.Cap(deadline) ?? deadline;

    public override Task EndAsync(string how, Exception? error = null) => UnitEnd.RunAsync(this, how, error);

    /// <inheritdoc cref="OperationRun.RunAsync"/>
    public Task<TResult> RunAsync<TState, TResult>(
        Operation operation,
        TState state,
        Func<ProviderConnection, TState, CancellationToken, Task<TResult>> execute,
        CancellationToken cancellationToken) =>
        OperationRun.RunAsync(this, operation, state, execute, cancellationToken).AsTask();

    /// <summary>Begins an operation that is not a command: the session's own commit or rollback.</summary>
    /// <exception cref="SessionConcurrencyException">Another operation runs, or a reader is open.</exception>
    /// <exception cref="SessionEndedException">It has ended.</exception>
    public void Begin(Operation operation)
    {
        try
        {
            if (!Use.TryBegin(operation))
            {
                ThrowIfEnded();
            }
        }
        catch (SessionConcurrencyException error) when (TimedOut || !SessionFindings.AddShared(Services, Origin.Operation, error))
        {
            throw TimeIsOver(error);   // it came while the end of its time rolled back
        }
    }

    public void ThrowIfEnded()
    {
        if (End is { } end)
        {
            throw new SessionEndedException(Origin.Operation, end);
        }
    }

    /// <exception cref="SessionEndedException">It has ended, or is read-only.</exception>
    public void ThrowIfOver()
    {
        ThrowIfEnded();
        if (_commitPoint is { } point)
        {
            throw SessionEndedException.OnlyReads(Origin.Operation, point);
        }
    }

    public SessionTimeoutException TimeIsOver(Exception? innerException)
    {
        TimedOut = true;
        return new SessionTimeoutException(Origin.Operation, _clock!.Limit, innerException);
    }

    /// <summary>Records how many rows a statement changed.</summary>
    public int NoteRows(int changed)
    {
        if (changed > 0 && _lease is { } lease)
        {
            lease.HasWritten = true;
        }

        return changed;
    }

    /// <summary>Records for its flow that work is durable, so no response may invite a repetition (S23).</summary>
    public void NoteDurable(bool wrote)
    {
        if (MayHaveWritten(wrote))
        {
            Flow?.NoteDurable();
        }
    }

    /// <summary>Returns whether it may have written: if that is unknown, a session that may write counts.</summary>
    public bool MayHaveWritten(bool wrote) =>
        wrote || (!OnlyReads && (Origin.BeginsAsWriter || Options.Access == SessionAccess.ReadWrite));

    /// <summary>Records for its flow that it committed something: a retry would do it twice (S17).</summary>
    public void NoteCommitted()
    {
        if (!OnlyReads)
        {
            Flow?.Note("a session that was opened inside it had committed");
        }
    }

    /// <summary>Cancels a command or batch if it is the running one. Never throws.</summary>
    public Task CancelAsync(object target) =>
        Use.Running is { Target: { } running } && ReferenceEquals(running, target) && Lease is { } lease
            ? lease.CancelAsync(target)
            : Task.CompletedTask;

    /// <summary>Records that the transaction is back at a savepoint, after which an aborted one can continue.</summary>
    public void RolledBackTo(string savepoint)
    {
        Queued = null;   // what was queued before the savepoint was sent in front of it
        var mark = Savepoints.RollBackTo(savepoint);
        Health.Recover();
        if (mark is { } hooks)
        {
            Hooks.CutTo(hooks);
        }
    }

    /// <summary>Records that a savepoint was set.</summary>
    public void Saved(string savepoint, bool isTransaction) => Savepoints.Push(savepoint, isTransaction, Hooks.Mark);

    /// <inheritdoc cref="DbSession.ResetOnReturn"/>
    public void ResetOnReturn()
    {
        ThrowIfEnded();
        _resetsOnReturn = true;
    }

    /// <summary>Passes the commit point: from here on it is read-only.</summary>
    public void PassCommitPoint(SessionEnd point)
    {
        _commitPoint = point;
        _clock?.Dispose();
        Hooks.HasCommitted = true;   // running it again would respond twice
    }

    /// <summary>Ends it, for the first caller.</summary>
    public bool TryEnd(SessionEnd end) => Interlocked.CompareExchange(ref _end, end, null) is null;

    /// <summary>Waits for permits and a connection.</summary>
    public async ValueTask AcquireAsync(bool writer, CancellationToken cancellationToken)
    {
        ThrowIfEnded();   // the end came before this, or it finds what to cancel
        var lease = await Services.Acquisition.AcquireAsync(this, writer, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _lease, lease);
        Use.Leased();
    }

    /// <summary>Takes the lease in order to end it.</summary>
    public SessionLease? TakeLease()
    {
        var lease = Interlocked.Exchange(ref _lease, null);
        if (_resetsOnReturn)
        {
            lease?.Connection.MarkDirty();
        }

        return lease;
    }

    /// <summary>Rolls back and returns the connection. Never throws.</summary>
    public Task RollBackLeaseAsync(bool isRead = false)
    {
        var lease = TakeLease();
        Forget();
        return lease?.EndAsync(isRead) ?? Task.CompletedTask;
    }

    /// <summary>Takes the statements that the connection got for the failed operation.</summary>
    /// <returns>Null if there are none, or no connection any more: then none of them ran, and they still wait.</returns>
    public StatementQueue? TakeHandedOver()
    {
        if (Queued is not { IsHandedOver: true } queue)
        {
            return null;
        }

        if (IsHolding)
        {
            Queued = null;
            return queue;
        }

        queue.TakeBack();
        return null;
    }

    /// <summary>Removes the transaction, which ends.</summary>
    public void Forget()
    {
        Queued = null;
        Health.Forget();
        _savepoints?.Clear();
        Use.ForgetUntracked();
        Outermost = null;
    }

    /// <summary>Begins with other options and another origin (S24), which is possible while nothing is open.</summary>
    public void Restart(DbSessionOptions options, SessionOrigin origin)
    {
        _clock?.Dispose();
        (_options, Origin, _clock) = (options, origin, ClockOf(options));
        (Flow, Hooks.HasCommitted) = (SessionFlow.Current, false);
    }

    /// <summary>Gets the cancellation of the operation that begins.</summary>
    public OperationCancellation TakeCancellation()
    {
        if (_cancellation is not { IsSpent: false } usable)
        {
            _cancellation = usable = Services.RentCancellation();
        }

        return usable;
    }

    public void StopClock() => _clock?.Dispose();

    /// <summary>Starts its time with its first operation.</summary>
    public void StartClock(Action<object?> over)
    {
        if (Clock is { } clock)
        {
            clock.Start(over, this);
            if (clock.IsOver)
            {
                throw TimeIsOver(innerException: null);
            }
        }
    }

    /// <summary>Cancels the wait for permits and a connection.</summary>
    public Task CancelWaitAsync() => _cancellation?.CancelWaitAsync() ?? Task.CompletedTask;

    /// <summary>Stops waiting for a driver that ignores a cancellation.</summary>
    public Task ReleaseAsync() => _cancellation?.ReleaseAsync() ?? Task.CompletedTask;

    /// <summary>Returns what its operations used. There will be no more.</summary>
    public void Close()
    {
        if (_cancellation is { } cancellation)
        {
            Services.Return(cancellation);
        }
    }

    private SessionClock? ClockOf(DbSessionOptions options) =>
        options.Timeout is { } limit ? new SessionClock(limit, Services.Time) : null;

    private static DbSessionOptions ForReading(DbSessionOptions options)
    {
        var reading = options.Copy();
        (reading.Access, reading.Mode, reading.Isolation) = (SessionAccess.ReadOnly, SessionMode.Transaction, null);
        return reading;
    }
}
