namespace Millpond;

/// <summary>The numbers of an engine's background jobs at one instant.</summary>
public readonly record struct BackgroundSnapshot
{
    /// <summary>Gets the engine's name.</summary>
    public string EngineName { get; init; }

    /// <summary>Gets how many jobs may wait, reserved and queued together.</summary>
    public int Capacity { get; init; }

    /// <summary>Gets how many jobs may run concurrently.</summary>
    public int Workers { get; init; }

    /// <summary>Gets how many jobs were enqueued by sessions that have not committed yet.</summary>
    public int Reserved { get; init; }

    /// <summary>Gets how many jobs wait for a worker.</summary>
    public int Queued { get; init; }

    /// <summary>Gets how many jobs are running.</summary>
    public int Running { get; init; }

    /// <summary>Gets how many jobs have committed since the start.</summary>
    public long Completed { get; init; }

    /// <summary>Gets how many jobs have failed since the start, including those cancelled by the shutdown.</summary>
    public long Failed { get; init; }
}
