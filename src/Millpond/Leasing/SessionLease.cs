using System.Diagnostics;
using Millpond.Admission;
using Millpond.Providers;
using Millpond.Transactions;

namespace Millpond.Leasing;

/// <summary>A connection while a session has it, with the permits it stands for and the transaction on it.</summary>
internal sealed partial class SessionLease
{
    private readonly SessionServices _services;
    private readonly Permit _permit;
    private readonly Deadline _deadline;
    private readonly int _slot;
    private readonly long _acquiredAt;
    private readonly ActivityTraceId _trace;
    private Permit _writePermit;
    private SessionFlow? _flow;
    private LeakState _leak;

    /// <summary>Makes the lease and enters it among the holders.</summary>
    public SessionLease(
        SessionServices services,
        UnitOfWork owner,
        ProviderConnection connection,
        Deadline deadline,
        Permit permit,
        Permit writePermit)
    {
        _services = services;
        Owner = owner;
        Connection = connection;
        _deadline = deadline;
        _acquiredAt = services.Time.GetTimestamp();
        _permit = permit.HeldFrom(_acquiredAt);
        _writePermit = writePermit;
        _trace = Activity.Current?.TraceId ?? default;
        _flow = owner.Flow is { HasEnded: false } opened ? opened : SessionFlow.Current;
        _flow?.Add(this);
        _slot = services.Holders.Add(this);
    }

    private enum LeakState
    {
        Unsuspected,
        Reported,
        Returned,
    }

    public SessionServices Services => _services;

    public UnitOfWork Owner { get; }

    public ProviderConnection Connection { get; }

    /// <summary>Gets or sets whether a statement of the transaction said that it changed rows.</summary>
    public bool HasWritten { get => field || Connection.HasWritten; set; }

    /// <summary>Gets or sets whether a statement was executed on it.</summary>
    public bool HasRun { get; set; }

    /// <summary>Gets whether it holds the write permit.</summary>
    public bool IsWriter => _writePermit.IsHeld;

    public LeaseStage Stage { get; private set; }

    public bool InTransaction => Stage == LeaseStage.Transaction;

    public TimeSpan Held => _services.Time.GetElapsedTime(_acquiredAt);

    private string Operation => Owner.Origin.Operation;

    /// <summary>Goes on to a stage.</summary>
    public async ValueTask BeginAsync(
        LeaseStage stage, DbSessionOptions options, bool alone, CancellationToken cancellationToken)
    {
        var begin = options.Begin(_services.Source.Dialect, Owner.Origin.Services, lasts: stage == LeaseStage.Autocommit);
        var settings = new TransactionSettings
        {
            Isolation = options.Isolation ?? System.Data.IsolationLevel.Unspecified,
            ReadOnly = options.OnlyReads,
            Writer = _writePermit.IsHeld,
            BusyLimit = _deadline.Left,
            Autocommit = stage == LeaseStage.Autocommit,
            StatementTimeout = options.StatementTimeout,
            Statements = begin?.Statements,
        };
        await Connection.BeginAsync(settings, cancellationToken).ConfigureAwait(false);
        if (alone || begin is { HasOwnTrip: true })
        {
            await Connection.SettleAsync(cancellationToken).ConfigureAwait(false);
        }

        Stage = stage;
        if (stage == LeaseStage.Autocommit)
        {
            Owner.NoteCommitted();   // its statements will, without a word
        }
    }

    /// <summary>Takes the write permit if it is free.</summary>
    /// <returns>Whether it is held now.</returns>
    public bool TryEnterWrite()
    {
        if (!IsWriter && _services.WriteGate!.TryEnter(out var taken))   // an earlier try may have failed behind the gate
        {
            _writePermit = taken;
        }

        return IsWriter;
    }

    /// <summary>Gives the write permit back; the connection stays.</summary>
    public void EndWrite()
    {
        _writePermit.Release();
        _writePermit = default;
    }

    /// <summary>Turns a reader into the writer: in a transaction at once or not at all (G32).</summary>
    /// <exception cref="SerializationConflictException">Somebody else writes, or has written since this one began to
    /// read.</exception>
    public async ValueTask BecomeWriterAsync(CancellationToken cancellationToken)
    {
        if (!TryEnterWrite())
        {
            if (InTransaction)   // it holds a snapshot that the present writer is about to make stale
            {
                throw new SerializationConflictException(
                    $"{Operation} began as a reader and then wrote while another session was writing. Open the session with " +
                    "Access = ReadWrite, so that it waits for its turn before it reads.");
            }

            var deadline = Owner.Cap(Deadline.After(_services.Settings.PoolTimeout, _services.Time));
            _writePermit = await _services.WriteGate!.EnterAsync(deadline, Owner, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await Connection.BecomeWriterAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (_services.Source.Dialect.IsConflict(error))
        {
            throw new SerializationConflictException(
                $"{Operation} began as a reader, and somebody else wrote before it did. Open the session with Access = " +
                "ReadWrite, so that it waits for its turn before it reads.",
                error);
        }
    }

    /// <summary>Tells about the holder.</summary>
    public HolderSnapshot Describe()
    {
        var now = Owner.GetActivity();
        var site = now.Site.IsKnown ? now.Site : Owner.Origin.Site;
        var held = Held;
        var busy = now.Busy < held ? now.Busy : held;
        return new HolderSnapshot
        {
            SessionId = Owner.Id,
            Operation = Operation,
            CallSite = site.IsKnown ? site.ToString() : null,
            TraceId = _trace == default ? null : _trace.ToHexString(),
            AcquiredAt = _services.Time.GetUtcNow() - held,
            Held = held,
            IsExecuting = now.IsRunning,
            InState = now.InState < held ? now.InState : held,
            Busy = busy,
            Idle = held - busy,
            Commands = now.Commands,
            LastCommand = now.LastCommand is { } text ? CommandText.Shorten(text) : null,
            IsWriter = IsWriter,
            Stack = now.Stack,
        };
    }

    /// <summary>Says whether the suspicion of a leak is to be told: once, and not when it is back already.</summary>
    public bool Suspect() =>
        Interlocked.CompareExchange(ref _leak, LeakState.Reported, LeakState.Unsuspected) == LeakState.Unsuspected;

    /// <summary>Asks the database to give up what runs. Never throws.</summary>
    public async Task CancelAsync(object running)
    {
        try
        {
            if (running is ProviderUse use)
            {
                await use.CancelAsync().ConfigureAwait(false);
                running = use.Work;
            }

            if (_services.Cancels is { } governor)
            {
                var connection = Connection;
                await governor.RunAsync(static () => true, () => connection.CancelAsync(running)).ConfigureAwait(false);
                return;
            }

            await Connection.CancelAsync(running).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.CancelFailed(_services.Logger, _services.EngineName, error);
        }
    }

    /// <summary>Rolls the transaction back and begins it again on the same connection.</summary>
    public async ValueTask BeginAgainAsync(DbSessionOptions options, bool alone, CancellationToken cancellationToken)
    {
        await Connection.RollbackAsync(cancellationToken).ConfigureAwait(false);
        await BeginAsync(LeaseStage.Transaction, options, alone, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rolls back as well as can be, and gives the connection back; the permits come free even when it does not close
    /// properly.</summary>
    /// <remarks>What fails here leaves the connection in doubt, and such a one is never reused. The permits last: what the
    /// session left on the connection is gone before anyone else comes (S21).</remarks>
    /// <param name="isRead">Whether it only read (S09), so that there is nothing to keep or to undo.</param>
    public async Task EndAsync(bool isRead = false)
    {
        LeaveFlow();
        if (InTransaction && !isRead)
        {
            _services.CountRollback();
        }

        if (Stage != LeaseStage.Bare)
        {
            await UndoAsync().ConfigureAwait(false);
        }

        await ReturnConnectionAsync().ConfigureAwait(false);
        Release();
    }

    private async ValueTask ReturnConnectionAsync()
    {
        try
        {
            if (Connection.NeedsReset)
            {
                await ResetAsync().ConfigureAwait(false);
            }

            await _services.Supply.ReturnAsync(Connection).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.CleanupFailed(_services.Logger, _services.EngineName, error);
        }
    }

    /// <summary>Frees the permits, and leaves the holders.</summary>
    private void Release()
    {
        _services.Holders.Remove(_slot);
        _writePermit.Release();
        _permit.Release();
        if (Interlocked.Exchange(ref _leak, LeakState.Returned) == LeakState.Reported)
        {
            SessionLog.LeakCameBack(
                _services.Logger, _services.EngineName, Owner.Id, Operation, Math.Round(Held.TotalSeconds, 1));
        }
    }

    private async Task UndoAsync()
    {
        try
        {
            using var limit = _services.CleanupToken();
            await Connection.RollbackAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.CleanupFailed(_services.Logger, _services.EngineName, error);
        }
    }

    /// <summary>Takes it out of its flow, once: on its way back it needs nobody there, so whoever waits for its permit gets it
    /// (S14).</summary>
    private void LeaveFlow() => Interlocked.Exchange(ref _flow, null)?.Remove(this);

    private async ValueTask ResetAsync()
    {
        try
        {
            using var limit = _services.CleanupToken();
            await Connection.ResetAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.ResetFailed(_services.Logger, _services.EngineName, Operation, error);
            _services.ConnectionLost();   // it is in doubt now, so its return closes it
        }
    }
}
