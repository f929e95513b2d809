namespace Millpond;

/// <summary>How SQLite keeps what it needs to roll back or to finish a transaction.</summary>
/// <remarks>
/// SQLite's modes MEMORY and OFF are missing on purpose: a crash, or a plain ROLLBACK, can corrupt the file with them.
/// </remarks>
public enum SqliteJournalMode
{
    /// <summary>A write-ahead log: readers and the writer do not disturb each other. Needs a local file system.</summary>
    Wal,

    /// <summary>A rollback journal, deleted with each commit. The writer's commit waits for every reader.</summary>
    Delete,

    /// <summary>A rollback journal, cut to length zero with each commit.</summary>
    Truncate,

    /// <summary>A rollback journal, whose header is overwritten with each commit.</summary>
    Persist,
}
