namespace Millpond.Sessions;

/// <content>What it still does after its commit point: it reads (S09).</content>
/// <remarks>
/// <para>Each statement has a transaction of its own, which the database itself keeps from writing, and the connection goes back
/// with its end, or with the reader's. So a response that goes on for hours holds a connection only while it reads.</para>
/// <para>A session that has only read so far has nothing to commit: its readers may stay open over the commit point, and its
/// connection goes back with the last of them.</para>
/// </remarks>
internal sealed partial class UnitOfWork
{
    private volatile SessionEnd? _commitPoint;
    private DbSessionOptions? _readOptions;

    /// <summary>Gets whether its commit point is past, so that it only reads.</summary>
    public bool IsReading => _commitPoint is not null && _end is null;

    /// <summary>Gets how it behaves now.</summary>
    private DbSessionOptions Options => _commitPoint is null ? _options : _readOptions ??= ForReading(_options);

    private bool OnlyReads => Options.OnlyReads;

    /// <summary>Gets what limits its time: what comes after the commit point may take for ever.</summary>
    private SessionClock? Clock => _commitPoint is null ? _clock : null;

    /// <summary>Commits what was done; from then on it only reads.</summary>
    /// <param name="how">What brought the commit point about.</param>
    /// <returns>What is to be done now; null: nothing.</returns>
    /// <exception cref="SessionConcurrencyException">A reader of the transaction is still open.</exception>
    public async Task<HooksDue?> CommitAndReadAsync(string how)
    {
        var point = new SessionEnd(how, Services.Time.GetUtcNow());
        if (!_options.OnlyReads || !_use.IsBusy)
        {
            return await CommitAsync(CommitLevel.Session, point, CancellationToken.None).ConfigureAwait(false);
        }

        var around = BeginCommit(CommitLevel.Session);
        try
        {
            await RunBeforeCommitAsync(CommitLevel.Session, CancellationToken.None).ConfigureAwait(false);
            Pass(point);
            await ReturnIfIdleAsync().ConfigureAwait(false);   // what was busy may be at rest by now
            return _hooks is null ? null : TakeCommitted();
        }
        finally
        {
            _commit = around;
        }
    }

    /// <summary>Passes the commit point of a session that nobody has used yet.</summary>
    public void BeginReading(string how) => Pass(new SessionEnd(how, Services.Time.GetUtcNow()));

    /// <exception cref="SessionEndedException">It is over, or only reads.</exception>
    public void ThrowIfOver()
    {
        ThrowIfEnded();
        if (_commitPoint is { } point)
        {
            throw SessionEndedException.OnlyReads(Origin.Operation, point);
        }
    }

    private static DbSessionOptions ForReading(DbSessionOptions options)
    {
        var reading = options.Copy();
        (reading.Access, reading.Mode, reading.Isolation) = (SessionAccess.ReadOnly, SessionMode.Transaction, null);
        return reading;
    }

    private void PassIf(SessionEnd? point)
    {
        if (point is not null)
        {
            Pass(point);
        }
    }

    private void Pass(SessionEnd point)
    {
        _commitPoint = point;
        _clock?.Dispose();
        HasCommitted = true;   // who runs it again would answer twice
    }

    /// <summary>Has the commit point come first where it is due: an enumeration that begins while the response is written.
    /// </summary>
    private ValueTask CommitIfDueAsync(Operation operation) =>
        _commitPoint is null && Origin.CommitIfDueAsync is { } commit
        && operation.Kind is OperationKind.Command or OperationKind.Boundary or OperationKind.Exclusive
            ? commit()
            : ValueTask.CompletedTask;

    /// <summary>Gives the connection back when nothing uses it any more.</summary>
    /// <remarks>Called by whoever has just stopped using it, and by whoever has just passed the commit point: of the two, the
    /// later one finds it idle.</remarks>
    private async ValueTask ReturnIfIdleAsync()
    {
        if (Volatile.Read(ref _lease) is null || !_use.TryBeginIdle(Operation.Rollback))
        {
            return;
        }

        try
        {
            await WaitLimitedAsync(EndReadAsync()).ConfigureAwait(false);
        }
        finally
        {
            _use.End();
        }
    }

    private async Task EndReadAsync()
    {
        var lease = TakeLease();
        Forget();
        if (lease is not null)
        {
            await lease.EndReadAsync().ConfigureAwait(false);
            await lease.ReturnAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Gives the connection back behind the driver's reader, which the session does not see.</summary>
    private void UnseenClosed()
    {
        if (_commitPoint is not null)
        {
            CleanUp(() => Task.Run(() => ReturnIfIdleAsync().AsTask()));   // the driver is still closing it
        }
    }
}
