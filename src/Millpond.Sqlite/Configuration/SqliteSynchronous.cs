namespace Millpond;

/// <summary>How often SQLite waits until the disk has really written.</summary>
public enum SqliteSynchronous
{
    /// <summary>Never. A power cut can corrupt the database; for data that can be made again.</summary>
    Off,

    /// <summary>At checkpoints. Under a write-ahead log a power cut can undo the last commits, but corrupts nothing.</summary>
    Normal,

    /// <summary>With every commit: what was committed survives a power cut.</summary>
    Full,

    /// <summary>As <see cref="Full"/>, and the folder is synchronized too after a rollback journal is deleted.</summary>
    Extra,
}
