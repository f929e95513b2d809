namespace Millpond;

/// <summary>The pooler between an engine and its PostgreSQL server, such as PgBouncer.</summary>
public enum PoolerMode
{
    /// <summary>The engine detects the pooler with its first connection and logs the result.</summary>
    /// <remarks>If the mode cannot be detected within 2 s, <see cref="Transaction"/> is assumed, which is safe with both
    /// modes.</remarks>
    Detect,

    /// <summary>There is no pooler.</summary>
    None,

    /// <summary>A pooler that assigns a server connection to a client until it disconnects (<c>pool_mode =
    /// session</c>).</summary>
    Session,

    /// <summary>A pooler that assigns a server connection for one transaction (<c>pool_mode = transaction</c>). Nothing is
    /// prepared, and statements whose effect outlives the transaction are rejected.</summary>
    Transaction,
}
