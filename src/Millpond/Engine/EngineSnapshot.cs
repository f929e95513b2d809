namespace Millpond;

/// <summary>The numbers of an engine at one instant.</summary>
public readonly record struct EngineSnapshot
{
    internal const int MaxWaiters = 100;

    /// <summary>Gets the engine's name.</summary>
    public string Name { get; init; }

    /// <summary>Gets the name of the provider: PostgreSQL or SQLite.</summary>
    public string Provider { get; init; }

    /// <summary>Gets the address of the database, without a password.</summary>
    public string Server { get; init; }

    /// <summary>Gets how many connections stay open when idle.</summary>
    public int PoolSize { get; init; }

    /// <summary>Gets how many connections may be open beyond that.</summary>
    public int MaxOverflow { get; init; }

    /// <summary>Gets how many sessions may hold a connection at once.</summary>
    /// <value><see cref="PoolSize"/> plus <see cref="MaxOverflow"/>; one for an in-memory database.</value>
    public int Permits { get; init; }

    /// <summary>Gets how many permits are in use.</summary>
    public int InUse { get; init; }

    /// <summary>Gets the sessions that hold a connection, the longest holder first.</summary>
    public IReadOnlyList<HolderSnapshot> Holders { get => field ?? []; init; }

    /// <summary>Gets how many sessions wait for a permit.</summary>
    public int Waiting { get; init; }

    /// <summary>Gets the sessions that wait for a permit, those for the write permit first, each queue in its order.</summary>
    /// <value>The first hundred of each queue.</value>
    public IReadOnlyList<WaiterSnapshot> Waiters { get => field ?? []; init; }

    /// <summary>Gets how long the first waiting session has waited.</summary>
    public TimeSpan OldestWait { get; init; }

    /// <summary>Gets how long half of all sessions waited for their connection at most, since the start.</summary>
    public TimeSpan WaitP50 { get; init; }

    /// <summary>Gets how long 99 of 100 sessions waited for their connection at most, since the start.</summary>
    public TimeSpan WaitP99 { get; init; }

    /// <summary>Gets the delay between the grant of a permit and the moment when the waiting session resumed.</summary>
    /// <value>The longest of the last five seconds. Hundreds of milliseconds mean that something blocks the thread
    /// pool.</value>
    public TimeSpan ResumeLag { get; init; }

    /// <summary>Gets whether the write permit is in use, if the database has one.</summary>
    public bool IsWriting { get; init; }

    /// <summary>Gets how many sessions wait for the write permit.</summary>
    public int WaitingToWrite { get; init; }

    /// <summary>Gets how many waits timed out since the start.</summary>
    public long TimedOut { get; init; }

    /// <summary>Gets how many sessions were rejected before their deadline since the start.</summary>
    public long Rejected { get; init; }

    /// <summary>Gets whether the pool is overloaded.</summary>
    public bool IsOverloaded { get; init; }

    /// <summary>Gets how many transactions were committed since the start.</summary>
    public long Commits { get; init; }

    /// <summary>Gets how many transactions were rolled back since the start.</summary>
    public long Rollbacks { get; init; }

    /// <summary>Gets how often work was retried since the start, after a conflict or a lost connection.</summary>
    public long Retries { get; init; }

    /// <summary>Gets how many synchronous calls there were since the start, whether allowed or not.</summary>
    public long SynchronousCalls { get; init; }

    /// <summary>Gets how many cancellation requests were sent to the database since the start; none on SQLite.</summary>
    public long Cancellations { get; init; }

    /// <summary>Gets whether the engine is shutting down and rejects new sessions.</summary>
    public bool IsDraining { get; init; }

    /// <summary>Gets when the database became unreachable.</summary>
    /// <value>Null if it is not known to be unreachable.</value>
    public DateTimeOffset? DownSince { get; init; }

    /// <summary>Gets the comparison of the pool with the server's connection limit.</summary>
    /// <value>Null if the database has no such limit, or it is not known yet.</value>
    public ServerLimitSnapshot? ServerLimit { get; init; }

    /// <summary>Gets what operations have cost the pool since the start, the costliest first.</summary>
    /// <value>The first fifty.</value>
    public IReadOnlyList<OperationSnapshot> Operations { get => field ?? []; init; }

    /// <summary>Gets the problems that the engine has found since the start, the newest first.</summary>
    /// <value>At most a hundred.</value>
    public IReadOnlyList<FindingSnapshot> Findings { get => field ?? []; init; }

    /// <summary>Gets how many connections the load of the last hour needs, so that 99 of 100 sessions wait no longer than 10
    /// ms.</summary>
    /// <value>Null if there were fewer than a hundred sessions. A host collects the numbers; an engine from <see
    /// cref="DbEngine.Create"/> has none.</value>
    public PoolAdvice? Advice { get; init; }
}
