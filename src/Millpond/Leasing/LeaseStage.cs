namespace Millpond.Leasing;

/// <summary>The progress of a session's connection. It only advances, and ends with the connection's return.</summary>
internal enum LeaseStage
{
    /// <summary>The connection was taken, and nothing has begun on it.</summary>
    Bare,

    /// <summary>Each statement commits on its own.</summary>
    Autocommit,

    /// <summary>A transaction is open.</summary>
    Transaction,
}
