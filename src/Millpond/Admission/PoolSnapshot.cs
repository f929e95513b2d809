namespace Millpond;

/// <summary>A pool's numbers at the instant when it refused a session.</summary>
public readonly record struct PoolSnapshot
{
    /// <summary>Gets the pool's name.</summary>
    /// <value>The engine's name; with <c> (writer)</c> behind it for the one write permit of SQLite.</value>
    public string Name { get; init; }

    /// <summary>Gets how many sessions may hold a connection at once.</summary>
    /// <value>Pool size plus overflow; 1 for the write permit.</value>
    public int Permits { get; init; }

    /// <summary>Gets how many sessions held a connection.</summary>
    public int InUse { get; init; }

    /// <summary>Gets how many sessions were waiting, including the refused one after a timeout.</summary>
    public int Waiting { get; init; }

    /// <summary>Gets how long the first of them had waited.</summary>
    public TimeSpan OldestWait { get; init; }
}
