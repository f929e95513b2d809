namespace Millpond;

/// <summary>How every connection to a SQLite database is set up.</summary>
/// <remarks>
/// The connection URL's query (<c>sqlite:bank.db?journal_mode=delete&amp;synchronous=normal&amp;foreign_keys=off</c>)
/// overrides what is set here. Not thread-safe.
/// </remarks>
public sealed class SqliteOptions
{
    /// <summary>Gets or sets the journal mode.</summary>
    /// <value>Default <see cref="SqliteJournalMode.Wal"/>. A database in memory has none.</value>
    public SqliteJournalMode JournalMode { get; set; } = SqliteJournalMode.Wal;

    /// <summary>Gets or sets how durable a commit is.</summary>
    /// <value>Default <see cref="SqliteSynchronous.Full"/>. Less is logged when the engine starts.</value>
    public SqliteSynchronous Synchronous { get; set; } = SqliteSynchronous.Full;

    /// <summary>Gets or sets whether foreign keys are enforced.</summary>
    /// <value>Default true; SQLite's own default is false.</value>
    public bool ForeignKeys { get; set; } = true;

    /// <summary>Gets or sets how large the database may grow, in pages (of 4,096 bytes unless it was made with
    /// others).</summary>
    /// <value>1 to 4,294,967,294. Default null: SQLite's own limit. It holds for this engine's connections and not for other
    /// processes; a database that is larger already keeps its size.</value>
    public long? MaxPageCount { get; set; }

    /// <summary>Gets or sets to which size the write-ahead log, or the rollback journal, is cut when SQLite is done with its
    /// content, in bytes.</summary>
    /// <value>0 or more. Default null: it keeps the size that it once needed.</value>
    public long? JournalSizeLimit { get; set; }

    /// <summary>Gets or sets whether the file never changes, as on a read-only medium: it is read without locks and without a
    /// log beside it.</summary>
    /// <value>Default false. Results are wrong when the file does change.</value>
    public bool Immutable { get; set; }

    /// <summary>Gets or sets what each connection gets when it is opened: functions, collations, extensions.</summary>
    /// <value>Called once with each of the engine's connections, on the connection's own thread, and with each connection for
    /// migrations. Default null.</value>
    /// <remarks>What it throws fails the session that needs the connection, and the start if connections are opened
    /// then.</remarks>
    public Action<Microsoft.Data.Sqlite.SqliteConnection>? OnOpen { get; set; }

    internal SqliteOptions Copy() => (SqliteOptions)MemberwiseClone();
}
