namespace Millpond;

/// <summary>How often SQLite waits until data is written to disk.</summary>
public enum SqliteSynchronous
{
    /// <summary>Never. A power failure can corrupt the database; for data that can be recreated.</summary>
    Off,

    /// <summary>At checkpoints. With a write-ahead log, a power failure can undo the last commits but corrupts
    /// nothing.</summary>
    Normal,

    /// <summary>With every commit. Committed data survives a power failure.</summary>
    Full,

    /// <summary>Like <see cref="Full"/>, and the folder is synchronized as well after a rollback journal is deleted.</summary>
    Extra,
}
