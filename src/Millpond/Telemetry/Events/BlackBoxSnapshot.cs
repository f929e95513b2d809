namespace Millpond;

/// <summary>The last events at a pool's gate, up to the first rejection or timeout of the latest incident.</summary>
/// <remarks>It can be serialized as JSON. Fed to a gate under virtual time, it reproduces the incident.</remarks>
public sealed record BlackBoxSnapshot
{
    /// <summary>Gets the engine's name.</summary>
    public required string EngineName { get; init; }

    /// <summary>Gets when the events were frozen.</summary>
    /// <value>Null if nothing was rejected yet: then the events are the most recent ones.</value>
    public DateTimeOffset? FrozenAt { get; init; }

    /// <summary>Gets what froze them: <see cref="GateEventKind.TimedOut"/> or <see cref="GateEventKind.Rejected"/>.</summary>
    /// <value>Null if they were not frozen.</value>
    public GateEventKind? Reason { get; init; }

    /// <summary>Gets how many sessions may hold a connection at once.</summary>
    public int Permits { get; init; }

    /// <summary>Gets how many permits were in use at the first event.</summary>
    public int InUseAtStart { get; init; }

    /// <summary>Gets the events, the oldest first.</summary>
    /// <value>At most 4,096.</value>
    public IReadOnlyList<GateEventSnapshot> Events { get => field ?? []; init; }
}
