using Microsoft.Extensions.Logging;
using Millpond.Admission;
using Millpond.Providers;
using Millpond.Supply;
using Millpond.Telemetry;

namespace Millpond.Leasing;

/// <summary>What all sessions of an engine share: the gates, the connections, the settings and the statistics.</summary>
/// <remarks>Thread-safe.</remarks>
internal class LeaseServices
{
    private readonly HashSet<Task> _cleanups = [];
    private readonly ObjectPool<OperationCancellation> _cancellations = new(max: 64);
    private long _lastId;
    private long _commits;
    private long _rollbacks;
    private long _retries;

    public LeaseServices() => Acquisition = new LeaseAcquisition(this);

    public LeaseAcquisition Acquisition { get; }

    public required string EngineName { get; init; }

    public required SessionGate Gate { get; init; }

    /// <summary>Gets the gate of the write permit; null if there is none.</summary>
    public required SessionGate? WriteGate { get; init; }

    public required ConnectionSource Source { get; init; }

    public required ConnectionSupply Supply { get; init; }

    public required Availability Availability { get; init; }

    /// <summary>Gets the throttle of cancellations; null if they cost nothing.</summary>
    public required CancelThrottle? Cancels { get; init; }

    public required SessionSettings Settings { get; init; }

    public required TimeProvider Time { get; init; }

    public required TokenPool Tokens { get; init; }

    public required ILogger Logger { get; init; }

    public required SlotTable<SessionLease> Holders { get; init; }

    public required EngineTelemetry Telemetry { get; init; }

    /// <summary>Gets the callback for a lost connection.</summary>
    public required Action ConnectionLost { get; init; }

    public long Commits => Volatile.Read(ref _commits);

    public long Rollbacks => Volatile.Read(ref _rollbacks);

    public long Retries => Volatile.Read(ref _retries);

    public long NextId() => Interlocked.Increment(ref _lastId);

    public void CountCommit()
    {
        Interlocked.Increment(ref _commits);
        Availability.NoteSuccess();
    }

    public void CountRollback() => Interlocked.Increment(ref _rollbacks);

    public void CountRetry() => Interlocked.Increment(ref _retries);

    /// <summary>Gets the token of a commit, a rollback or a clean-up, which the caller's token does not affect (S07).</summary>
    public TokenPool.Rented CleanupToken() => Tokens.Rent(Settings.CleanupTimeout);

    public OperationCancellation RentCancellation() => _cancellations.Take() ?? new OperationCancellation(Cancels);

    public void Return(OperationCancellation cancellation)
    {
        if (!cancellation.IsSpent && !_cancellations.TryReturn(cancellation))
        {
            cancellation.Dispose();
        }
    }

    /// <summary>Tracks a clean-up that continues in the background: a shutdown waits for it, and its error is logged.</summary>
    public void Track(Task cleanup)
    {
        if (cleanup.IsCompletedSuccessfully)
        {
            return;
        }

        lock (_cleanups)
        {
            _cleanups.Add(cleanup);
        }

        _ = cleanup.ContinueWith(
            Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public Task CleanupsAsync()
    {
        lock (_cleanups)
        {
            return Task.WhenAll([.. _cleanups]);
        }
    }

    private void Forget(Task cleanup)
    {
        if (cleanup.Exception is { } error)
        {
            SessionLog.CleanupFailed(Logger, EngineName, error.GetBaseException());
        }

        lock (_cleanups)
        {
            _cleanups.Remove(cleanup);
        }
    }
}
