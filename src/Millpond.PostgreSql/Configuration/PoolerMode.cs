namespace Millpond;

/// <summary>What stands between an engine and its PostgreSQL server, such as PgBouncer.</summary>
public enum PoolerMode
{
    /// <summary>The engine finds out with its first connection, and writes to the log what it found.</summary>
    /// <remarks>A pooler whose mode does not show within 2 s is taken for <see cref="Transaction"/>, which is right with each.
    /// </remarks>
    Detect,

    /// <summary>Nothing: the engine's connections are the server's own.</summary>
    None,

    /// <summary>A pooler that gives a connection of the server's for as long as a client stays (<c>pool_mode = session</c>).
    /// </summary>
    Session,

    /// <summary>A pooler that gives a connection of the server's for one transaction (<c>pool_mode = transaction</c>): nothing
    /// is prepared, and what would have to outlive the transaction is refused.</summary>
    Transaction,
}
