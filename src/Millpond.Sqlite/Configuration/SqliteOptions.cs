namespace Millpond;

/// <summary>Settings of every connection to a SQLite database.</summary>
/// <remarks>The query of the connection URL
/// (<c>sqlite:bank.db?journal_mode=delete&amp;synchronous=normal&amp;foreign_keys=off</c>) overrides these settings. Not
/// thread-safe.</remarks>
public sealed class SqliteOptions
{
    /// <summary>Gets or sets the journal mode.</summary>
    /// <value>Default <see cref="SqliteJournalMode.Wal"/>. An in-memory database has none.</value>
    public SqliteJournalMode JournalMode { get; set; } = SqliteJournalMode.Wal;

    /// <summary>Gets or sets how durable a commit is.</summary>
    /// <value>Default <see cref="SqliteSynchronous.Full"/>. A lower value is logged when the engine starts.</value>
    public SqliteSynchronous Synchronous { get; set; } = SqliteSynchronous.Full;

    /// <summary>Gets or sets whether foreign keys are enforced.</summary>
    /// <value>Default true; SQLite's own default is false.</value>
    public bool ForeignKeys { get; set; } = true;

    /// <summary>Gets or sets the maximum size of the database, in pages (of 4,096 bytes, unless the database was created with
    /// another page size).</summary>
    /// <value>1 to 4,294,967,294. Default null: SQLite's own limit. It applies to this engine's connections, not to other
    /// processes. A database that is already larger keeps its size.</value>
    public long? MaxPageCount { get; set; }

    /// <summary>Gets or sets the size, in bytes, to which the write-ahead log or the rollback journal is truncated after
    /// use.</summary>
    /// <value>0 or more. Default null: the file keeps its largest size.</value>
    public long? JournalSizeLimit { get; set; }

    /// <summary>Gets or sets whether the file never changes, for example on read-only media. It is then read without locks and
    /// without a log.</summary>
    /// <value>Default false. Results are wrong if the file does change.</value>
    public bool Immutable { get; set; }

    /// <summary>Gets or sets a callback for each connection that is opened, to add functions, collations or
    /// extensions.</summary>
    /// <value>Called once for each of the engine's connections, on the connection's own thread, and for each connection for
    /// migrations. Default null.</value>
    /// <remarks>If it throws, the session that needs the connection fails, and so does the start if connections are opened
    /// then.</remarks>
    public Action<Microsoft.Data.Sqlite.SqliteConnection>? OnOpen { get; set; }

    internal SqliteOptions Copy() => (SqliteOptions)MemberwiseClone();
}
