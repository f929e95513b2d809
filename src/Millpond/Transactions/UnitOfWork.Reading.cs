using Millpond.Leasing;
using Millpond.Transactions.Hooks;

namespace Millpond.Transactions;

/// <content>What it still does after its commit point: it reads (S09).</content>
/// <remarks>
/// Each statement has a transaction of its own, which the database itself keeps from writing, and the connection goes back with
/// its end, or with the reader's. So a response that goes on for hours holds a connection only while it reads.
/// </remarks>
internal sealed partial class UnitOfWork
{
    private volatile SessionEnd? _commitPoint;
    private DbSessionOptions? _readOptions;

    /// <summary>Gets whether somebody waits for what it holds: a connection, or the right to write.</summary>
    public bool IsInTheWay => Volatile.Read(ref _lease) is { } lease
        && (Services.Gate.GetSnapshot().Waiting > 0 || (lease.IsWriter && Services.WriteGate?.GetSnapshot().Waiting > 0));

    /// <summary>Gets whether its commit point is past, so that it only reads.</summary>
    public bool IsReading => _commitPoint is not null && _end is null;

    /// <summary>Gets how it behaves now.</summary>
    private DbSessionOptions Options => _commitPoint is null ? _options : _readOptions ??= ForReading(_options);

    private bool OnlyReads => Options.OnlyReads;

    /// <summary>Gets what limits its time: what comes after the commit point may take for ever.</summary>
    private SessionClock? Clock => _commitPoint is null ? _clock : null;

    /// <summary>Finds out whether a reader is open. One that was closed without <c>await</c> is closed by then.</summary>
    public async ValueTask<bool> HasOpenReaderAsync()
    {
        await _cleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _use.OpenReader is not null;
    }

    /// <summary>Commits what was done; from then on it only reads.</summary>
    /// <param name="how">What brought the commit point about.</param>
    /// <returns>What is to be done now; null: nothing.</returns>
    /// <exception cref="SessionConcurrencyException">A reader of the transaction is still open.</exception>
    public Task<HooksDue?> CommitAndReadAsync(string how) =>
        CommitAsync(CommitLevel.Session, new SessionEnd(how, Services.Time.GetUtcNow()), CancellationToken.None);

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

    private void Pass(SessionEnd? point)
    {
        if (point is null)
        {
            return;
        }

        _commitPoint = point;
        _clock?.Dispose();
        HasCommitted = true;   // who runs it again would answer twice
    }

    /// <summary>Refuses to read on where that would be with other settings: another tenant's, or another role's rights.</summary>
    private void ThrowIfStateIsLost(Operation operation)
    {
        if (_commitPoint is { LostState: { } lost } point && _end is null
            && operation.Kind is OperationKind.Command or OperationKind.Exclusive)
        {
            throw SessionEndedException.StateIsLost(Origin.Operation, point, lost);
        }
    }

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
            await WaitLimitedAsync(RollBackLeaseAsync(isRead: true)).ConfigureAwait(false);
        }
        finally
        {
            _use.End();
        }
    }
}
