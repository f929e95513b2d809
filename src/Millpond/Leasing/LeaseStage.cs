namespace Millpond.Leasing;

/// <summary>How far a session is with its connection. It only ever goes on, and ends with the connection's return.</summary>
internal enum LeaseStage
{
    /// <summary>The connection is there, and nothing has begun on it.</summary>
    Bare,

    /// <summary>Each statement commits by itself.</summary>
    Autocommit,

    /// <summary>A transaction is open.</summary>
    Transaction,
}
