using System.Diagnostics;
using Millpond.Admission;
using Millpond.Leasing.Findings;
using Millpond.Providers;
using Millpond.Telemetry;

namespace Millpond.Leasing;

/// <summary>A connection while a session uses it, with its permits and transaction.</summary>
internal sealed class SessionLease
{
    private readonly LeaseServices _services;
    private readonly Permit _permit;
    private readonly Deadline _deadline;
    private readonly int _slot;
    private readonly long _acquiredAt;
    private readonly ActivityTraceId _trace;
    private readonly Activity? _span;
    private Permit _writePermit;
    private SessionFlow? _flow;
    private LeakState _leak;
    private int _isCounted;
    private TimeSpan _busy;
    private int _commands = -1;
    private SessionOutcome _outcome = SessionOutcome.Read;
    private bool _hasLeft;

    /// <summary>Creates the lease and adds it to the holders.</summary>
    public SessionLease(
        LeaseHolder owner,
        ProviderConnection connection,
        Deadline deadline,
        Permit permit,
        Permit writePermit,
        Activity? span)
    {
        _services = owner.Services;
        Owner = owner;
        Connection = connection;
        _deadline = deadline;
        _span = span;
        _acquiredAt = _services.Time.GetTimestamp();
        _permit = permit.HeldFrom(_acquiredAt);
        _writePermit = writePermit;
        _trace = Activity.Current?.TraceId ?? default;
        _flow = owner.Flow is { HasEnded: false } opened ? opened : SessionFlow.Current;
        _flow?.Add(this);
        _slot = _services.Holders.Add(this);
    }

    private enum LeakState
    {
        Unsuspected,
        Reported,
        Returned,
    }

    public LeaseServices Services => _services;

    public LeaseHolder Owner { get; }

    public ProviderConnection Connection { get; }

    /// <summary>Gets or sets whether a statement of the transaction changed rows.</summary>
    public bool HasWritten { get => field || Connection.HasWritten; set; }

    /// <summary>Gets or sets whether a statement was executed on it.</summary>
    public bool HasRun
    {
        get;
        set
        {
            if (value && !field)
            {
                SessionSpan.FirstCommand(_span);
            }

            field = value;
        }
    }

    /// <summary>Gets whether it holds the write permit.</summary>
    public bool IsWriter => _writePermit.IsHeld;

    /// <summary>Gets whether it is in no flow: its end has begun, or it never was in one.</summary>
    public bool IsOutsideFlow => Volatile.Read(ref _flow) is null;

    public LeaseStage Stage { get; private set; }

    public bool InTransaction => Stage == LeaseStage.Transaction;

    public TimeSpan Held => _services.Time.GetElapsedTime(_acquiredAt);

    private string Operation => Owner.Origin.Operation;

    /// <summary>Begins the transaction, or autocommit.</summary>
    /// <param name="stage">Which of them.</param>
    /// <param name="settings">The settings, without those that the lease knows.</param>
    /// <param name="alone">Whether the next command must be alone in its packet.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async ValueTask BeginAsync(
        LeaseStage stage, TransactionSettings settings, bool alone, CancellationToken cancellationToken)
    {
        settings = settings with
        {
            Writer = _writePermit.IsHeld,
            BusyTimeout = _deadline.Left,
            Autocommit = stage == LeaseStage.Autocommit,
        };
        await Connection.BeginAsync(settings, cancellationToken).ConfigureAwait(false);
        if (alone)
        {
            await Connection.SettleAsync(cancellationToken).ConfigureAwait(false);
        }

        Stage = stage;
    }

    /// <summary>Takes the write permit if it is free.</summary>
    /// <returns>Whether the lease has it now; an earlier attempt may have failed after the gate.</returns>
    public bool TryEnterWrite()
    {
        if (!IsWriter && _services.WriteGate!.TryEnter(out var taken))
        {
            _writePermit = taken;
        }

        return IsWriter;
    }

    /// <summary>Waits for the write permit.</summary>
    public async ValueTask EnterWriteAsync(CancellationToken cancellationToken)
    {
        var deadline = Owner.Cap(Deadline.After(_services.Settings.PoolTimeout, _services.Time));
        _writePermit = await _services.WriteGate!.EnterAsync(deadline, Owner, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the write permit and keeps the connection.</summary>
    public void EndWrite()
    {
        _writePermit.Release();
        _writePermit = default;
    }

    public HolderSnapshot Describe()
    {
        var now = Owner.Use.GetActivity();
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
            TimeInState = now.TimeInState < held ? now.TimeInState : held,
            Busy = busy,
            Idle = held - busy,
            CommandCount = now.Commands,
            LastCommand = now.LastCommand is { } text ? CommandText.Shorten(text) : null,
            IsWriter = IsWriter,
            StackTrace = now.Stack,
        };
    }

    /// <summary>Marks it as reported for a leak.</summary>
    /// <returns>False if it was marked before, or is returned.</returns>
    public bool TryMarkReported() =>
        Interlocked.CompareExchange(ref _leak, LeakState.Reported, LeakState.Unsuspected) == LeakState.Unsuspected;

    public void NoteCommitSent() => SessionSpan.Commit(_span);

    /// <summary>Records its outcome, for the metrics.</summary>
    public void EndsAs(SessionOutcome outcome)
    {
        _outcome = outcome;
        SessionSpan.EndsAs(_span, outcome);
    }

    /// <summary>Returns true the first time, so that the end of its transaction is counted once.</summary>
    public bool TryCount() => Interlocked.Exchange(ref _isCounted, 1) == 0;

    /// <summary>Cancels what runs on it. Never throws.</summary>
    /// <param name="running">The provider's command or batch, or the work on its connection.</param>
    public async Task CancelAsync(object running)
    {
        try
        {
            if (running is ProviderUse use)
            {
                await use.CancelAsync().ConfigureAwait(false);
                running = use.Work;
            }

            await (_services.Cancels is { } throttle
                ? throttle.RunAsync(static () => true, () => Connection.CancelAsync(running))
                : Connection.CancelAsync(running)).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.CancelFailed(_services.Logger, _services.EngineName, error);
        }
    }

    /// <summary>Rolls back and returns the connection. Never throws.</summary>
    /// <param name="isRead">Whether it only read, so its end does not count as a rollback.</param>
    public async Task EndAsync(bool isRead)
    {
        LeaveFlow();
        if (InTransaction && !isRead)
        {
            _services.CountRollback();
            EndsAs(SessionOutcome.RolledBack);
        }

        if (Stage != LeaseStage.Bare)
        {
            await RollbackAsync().ConfigureAwait(false);
        }

        await ReturnAsync().ConfigureAwait(false);
    }

    /// <summary>Rolls back on the connection. Never throws.</summary>
    public async Task RollbackAsync()
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

    /// <summary>Returns the connection, then the permits. Never throws.</summary>
    public Task ReturnAsync()
    {
        var returning = ReturnConnectionAsync();
        if (!returning.IsCompleted)
        {
            return ReleaseAfterAsync(returning.AsTask());
        }

        Release();
        return Task.CompletedTask;
    }

    /// <summary>Returns the permits after the connection.</summary>
    public async Task ReleaseAfterAsync(Task returning)
    {
        await returning.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Release();
    }

    /// <summary>Returns the connection and keeps the permits. Never throws.</summary>
    public async ValueTask ReturnConnectionAsync()
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

    /// <summary>Returns the permits.</summary>
    public void Release()
    {
        LeaveHolders();
        var held = Held;
        _writePermit.Release();
        _permit.Release();
        Report(held);
        if (Interlocked.Exchange(ref _leak, LeakState.Returned) == LeakState.Reported)
        {
            SessionLog.LeakReturned(
                _services.Logger, _services.EngineName, Owner.Id, Operation, Math.Round(Held.TotalSeconds, 1));
        }
    }

    /// <summary>Removes it from the holders: no session has the connection any more.</summary>
    public void LeaveHolders()
    {
        if (!_hasLeft)
        {
            _hasLeft = true;
            _services.Holders.Remove(_slot);
        }
    }

    /// <summary>Removes it from the flow: sessions opened from now on are not inside a session that holds a
    /// connection.</summary>
    /// <remarks>Called when its end begins, so what its session has done with it is read here: the session may have another
    /// one before this one is returned.</remarks>
    public void LeaveFlow()
    {
        if (_commands < 0)
        {
            Summarize();
        }

        Interlocked.Exchange(ref _flow, null)?.Remove(this);
    }

    private void Summarize()
    {
        var activity = Owner.Use.GetActivity();
        (_busy, _commands) = (activity.Busy, activity.Commands);
        if (activity is { Repeats: >= SessionUse.ManyRepeats, Repeated: { } text })
        {
            _services.Telemetry.Findings.Add(
                FindingKind.RepeatedStatement, Operation, text, SessionFindings.Repeated, (Operation, activity.Repeats, text));
        }
    }

    private void Report(TimeSpan held)
    {
        Owner.PoolTime += held;
        _services.Telemetry.Held(Operation, held, held > _busy ? held - _busy : TimeSpan.Zero, Math.Max(0, _commands), _outcome);
        SessionSpan.End(_span, Math.Max(0, _commands));
    }

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
            _services.ConnectionLost();   // its state is unknown, so its return closes it
        }
    }
}
