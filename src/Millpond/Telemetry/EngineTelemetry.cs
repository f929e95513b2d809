using Millpond.Telemetry.Findings;

namespace Millpond.Telemetry;

/// <summary>What an engine's parts report about its sessions: metrics, statistics, findings and the black box.</summary>
/// <remarks>Thread-safe. On the path of a request it only adds to slots that exist already.</remarks>
internal sealed class EngineTelemetry(string engineName, FindingBook findings)
{
    private readonly long[] _outcomes = new long[4];
    private readonly long[] _rejections = new long[5];
    private long _stale;

    public EngineMeter Meter { get; } = new(engineName);

    /// <summary>Gets how long sessions waited for their connections.</summary>
    public LatencyHistogram Waits { get; } = new();

    /// <summary>Gets how long they held them.</summary>
    public LatencyHistogram Uses { get; } = new();

    /// <summary>Gets for how much of that no command was running.</summary>
    public LatencyHistogram Idles { get; } = new();

    public OperationLedger Ledger { get; } = new();

    public FindingBook Findings => findings;

    public long StaleConnections => Volatile.Read(ref _stale);

    public long Ended(SessionOutcome outcome) => Volatile.Read(ref _outcomes[(int)outcome]);

    public long Rejected(RejectionReason reason) => Volatile.Read(ref _rejections[(int)reason]);

    /// <summary>Records that a session got a connection.</summary>
    public void Waited(TimeSpan wait)
    {
        Waits.Record(wait);
        Meter.Waited(wait);
    }

    /// <summary>Records that a session returned its connection.</summary>
    public void Held(string operation, TimeSpan held, TimeSpan idle, int commands, SessionOutcome outcome)
    {
        Interlocked.Increment(ref _outcomes[(int)outcome]);
        Uses.Record(held);
        Idles.Record(idle);
        Ledger.Held(operation, held, idle, outcome);
        Meter.Held(held, idle, commands);
    }

    public void Reject(string operation, RejectionReason reason)
    {
        Interlocked.Increment(ref _rejections[(int)reason]);
        Ledger.Rejected(operation);
    }

    /// <summary>Records that a caller resumed some time after it was granted its permit.</summary>
    /// <param name="lag">The time; null if it was not granted one.</param>
    public void Resumed(TimeSpan? lag)
    {
        if (lag is { } late)
        {
            Meter.Resumed(late);
        }
    }

    /// <summary>Records that an idle connection was found dead and replaced.</summary>
    public void FoundStale() => Interlocked.Increment(ref _stale);
}
