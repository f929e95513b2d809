namespace Millpond;

/// <summary>The state of a pool when it rejected a session.</summary>
public readonly record struct PoolSnapshot
{
    /// <summary>Gets the pool's name.</summary>
    /// <value>The engine's name, followed by <c> (writer)</c> for SQLite's write permit.</value>
    public string Name { get; init; }

    /// <summary>Gets how many sessions may hold a connection at once.</summary>
    /// <value>Pool size plus overflow; 1 for the write permit.</value>
    public int Permits { get; init; }

    /// <summary>Gets how many sessions held a connection.</summary>
    public int InUse { get; init; }

    /// <summary>Gets how many sessions were waiting, including the one that timed out.</summary>
    public int Waiting { get; init; }

    /// <summary>Gets how long the first of them had waited.</summary>
    public TimeSpan OldestWait { get; init; }
}
