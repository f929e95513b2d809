namespace Millpond;

/// <summary>The numbers of an engine's background jobs at one instant.</summary>
public readonly record struct BackgroundSnapshot
{
    /// <summary>Gets the engine's name.</summary>
    public string EngineName { get; init; }

    /// <summary>Gets how many jobs may wait: reserved and queued together.</summary>
    public int Capacity { get; init; }

    /// <summary>Gets how many may run at once.</summary>
    public int Workers { get; init; }

    /// <summary>Gets how many were handed in by sessions that have not committed yet.</summary>
    public int Reserved { get; init; }

    /// <summary>Gets how many wait for a worker.</summary>
    public int Queued { get; init; }

    /// <summary>Gets how many run.</summary>
    public int Running { get; init; }

    /// <summary>Gets how many were done and committed since the start.</summary>
    public long Completed { get; init; }

    /// <summary>Gets how many failed since the start; those that the stop cancelled included.</summary>
    public long Failed { get; init; }
}
