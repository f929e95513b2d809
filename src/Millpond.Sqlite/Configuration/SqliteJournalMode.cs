namespace Millpond;

/// <summary>How SQLite stores what it needs to roll back or complete a transaction.</summary>
/// <remarks>SQLite's modes MEMORY and OFF are deliberately missing: with them a crash, or a plain ROLLBACK, can corrupt the
/// file.</remarks>
public enum SqliteJournalMode
{
    /// <summary>A write-ahead log: readers and the writer do not block each other. Needs a local file system.</summary>
    Wal,

    /// <summary>A rollback journal, deleted with each commit. The writer's commit waits for all readers.</summary>
    Delete,

    /// <summary>A rollback journal, truncated to length zero with each commit.</summary>
    Truncate,

    /// <summary>A rollback journal, whose header is overwritten with each commit.</summary>
    Persist,
}
