namespace Millpond;

/// <summary>One event in a black box.</summary>
public readonly record struct GateEventSnapshot
{
    /// <summary>Gets when it happened, relative to the first event.</summary>
    public TimeSpan At { get; init; }

    /// <summary>Gets what happened.</summary>
    public GateEventKind Kind { get; init; }

    /// <summary>Gets the number of the session that waits; 0 if it is not known.</summary>
    public long SessionId { get; init; }

    /// <summary>Gets how long a session that began to wait might wait.</summary>
    /// <value>Zero for other events.</value>
    public TimeSpan Limit { get; init; }
}
