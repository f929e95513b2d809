namespace Millpond;

/// <summary>What happened at a pool's gate.</summary>
public enum GateEventKind
{
    /// <summary>A session got a free permit immediately.</summary>
    Entered,

    /// <summary>A session began to wait.</summary>
    Queued,

    /// <summary>A waiting session got a permit.</summary>
    Granted,

    /// <summary>A permit was released.</summary>
    Released,

    /// <summary>A waiting session reached its deadline.</summary>
    TimedOut,

    /// <summary>A session was rejected.</summary>
    Rejected,

    /// <summary>A waiting session was cancelled.</summary>
    Cancelled,
}
