namespace Millpond;

/// <summary>An engine's numbers at one instant.</summary>
public readonly record struct EngineSnapshot
{
    internal const int MaxWaiters = 100;

    /// <summary>Gets the engine's name.</summary>
    public string Name { get; init; }

    /// <summary>Gets the database's kind: PostgreSQL, SQLite.</summary>
    public string Provider { get; init; }

    /// <summary>Gets where the database is, without any password.</summary>
    public string Server { get; init; }

    /// <summary>Gets how many connections stay open when idle.</summary>
    public int PoolSize { get; init; }

    /// <summary>Gets how many may be open beyond that.</summary>
    public int MaxOverflow { get; init; }

    /// <summary>Gets how many sessions may hold a connection at once.</summary>
    /// <value><see cref="PoolSize"/> plus <see cref="MaxOverflow"/>; one for a database in memory.</value>
    public int Permits { get; init; }

    /// <summary>Gets how many permits are taken.</summary>
    public int InUse { get; init; }

    /// <summary>Gets the sessions that hold a connection, the one that has held it longest first.</summary>
    public IReadOnlyList<HolderSnapshot> Holders { get => field ?? []; init; }

    /// <summary>Gets how many sessions wait for a permit.</summary>
    public int Waiting { get; init; }

    /// <summary>Gets the sessions that wait for a permit, those for the write permit first, each queue in its order.</summary>
    /// <value>The first hundred of each queue.</value>
    public IReadOnlyList<WaiterSnapshot> Waiters { get => field ?? []; init; }

    /// <summary>Gets how long the first that waits for a connection has waited.</summary>
    public TimeSpan OldestWait { get; init; }

    /// <summary>Gets the delay between the grant of a permit and the moment when the waiting session continued.</summary>
    /// <value>The longest of the last five seconds. Hundreds of milliseconds mean that something blocks the thread
    /// pool.</value>
    public TimeSpan ResumeLag { get; init; }

    /// <summary>Gets whether the one write permit is taken, where the database has only one.</summary>
    public bool IsWriting { get; init; }

    /// <summary>Gets how many sessions wait for the write permit.</summary>
    public int WaitingToWrite { get; init; }

    /// <summary>Gets how many waits ended by their deadline since the start.</summary>
    public long TimedOut { get; init; }

    /// <summary>Gets how many sessions were rejected before their deadline since the start.</summary>
    public long Rejected { get; init; }

    /// <summary>Gets whether the pool is overloaded.</summary>
    public bool IsOverloaded { get; init; }

    /// <summary>Gets how many transactions were committed since the start.</summary>
    public long Commits { get; init; }

    /// <summary>Gets how many were rolled back since the start.</summary>
    public long Rollbacks { get; init; }

    /// <summary>Gets how often work was retried since the start, after a conflict or a lost connection.</summary>
    public long Retries { get; init; }

    /// <summary>Gets how many synchronous calls there were since the start, refused or not.</summary>
    public long SynchronousCalls { get; init; }

    /// <summary>Gets how many cancellations were sent to the database since the start; on SQLite none is.</summary>
    public long Cancellations { get; init; }

    /// <summary>Gets whether the engine drains and opens no new sessions.</summary>
    public bool IsDraining { get; init; }

    /// <summary>Gets when the database became unreachable.</summary>
    /// <value>Null: it is not known to be unreachable.</value>
    public DateTimeOffset? DownSince { get; init; }

    /// <summary>Gets how the pool fits what the server allows.</summary>
    /// <value>Null: the database has no such limit, or it is not known yet.</value>
    public ServerLimitSnapshot? ServerLimit { get; init; }
}
