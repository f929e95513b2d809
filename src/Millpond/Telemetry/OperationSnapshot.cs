namespace Millpond;

/// <summary>What an operation has cost the pool since the start.</summary>
public readonly record struct OperationSnapshot
{
    /// <summary>Gets its name: <c>GET /reports</c>, or a method with its file and line.</summary>
    public string Operation { get; init; }

    /// <summary>Gets how often its sessions held a connection.</summary>
    public long Sessions { get; init; }

    /// <summary>Gets for how long they held one, added up.</summary>
    public TimeSpan PoolTime { get; init; }

    /// <summary>Gets its share of the time for which all operations held connections.</summary>
    /// <value>0 to 1.</value>
    public double PoolShare { get; init; }

    /// <summary>Gets for how much of <see cref="PoolTime"/> no command was running.</summary>
    public TimeSpan Idle { get; init; }

    /// <summary>Gets how long 99 of 100 sessions held their connection at most.</summary>
    /// <value>Rounded up by at most 13 %.</value>
    public TimeSpan HoldP99 { get; init; }

    /// <summary>Gets how many of them were rolled back.</summary>
    public long Rollbacks { get; init; }

    /// <summary>Gets how many were rejected or timed out.</summary>
    public long Rejections { get; init; }

    /// <summary>Gets how often its work was retried.</summary>
    public long Retries { get; init; }

    /// <summary>Gets for how long failed attempts held connections.</summary>
    public TimeSpan LostToRetries { get; init; }
}
