namespace Millpond.Telemetry;

/// <summary>What one operation costs the pool. Thread-safe.</summary>
internal sealed class LedgerEntry(string operation)
{
    private readonly LatencyHistogram _holds = new();
    private long _sessions;
    private long _idleTicks;
    private long _rollbacks;
    private long _rejections;
    private long _retries;
    private long _lostTicks;

    public void Held(TimeSpan held, TimeSpan idle, SessionOutcome outcome)
    {
        _holds.Record(held);
        Interlocked.Increment(ref _sessions);
        Interlocked.Add(ref _idleTicks, idle.Ticks);
        if (outcome is SessionOutcome.RolledBack or SessionOutcome.Unknown)
        {
            Interlocked.Increment(ref _rollbacks);
        }
    }

    public void Rejected() => Interlocked.Increment(ref _rejections);

    public string Operation => operation;

    public TimeSpan PoolTime => _holds.Total;

    public bool IsEmpty => Volatile.Read(ref _sessions) + Volatile.Read(ref _rejections) + Volatile.Read(ref _retries) == 0;

    public string? Rivals { get; private set; }

    public void Retried(TimeSpan lost, string? rivals)
    {
        Rivals = rivals ?? Rivals;
        Interlocked.Increment(ref _retries);
        Interlocked.Add(ref _lostTicks, lost.Ticks);
    }

    public OperationSnapshot Describe() => new()
    {
        Operation = operation,
        Sessions = Volatile.Read(ref _sessions),
        PoolTime = _holds.Total,
        Idle = new(Volatile.Read(ref _idleTicks)),
        HoldP99 = LatencyHistogram.Quantile(_holds.Copy(), [], 0.99),
        Rollbacks = Volatile.Read(ref _rollbacks),
        Rejections = Volatile.Read(ref _rejections),
        Retries = Volatile.Read(ref _retries),
        LostToRetries = new(Volatile.Read(ref _lostTicks)),
    };
}
