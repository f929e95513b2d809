namespace Millpond;

/// <summary>The state of a session.</summary>
public enum SessionState
{
    /// <summary>No connection and no transaction: nothing has run yet, or what ran is committed or rolled back.</summary>
    Idle,

    /// <summary>A transaction is open; or the session has <see cref="SessionMode.Autocommit"/> and a connection.</summary>
    Active,

    /// <summary>A statement failed. Only a rollback, complete or to a savepoint, is possible.</summary>
    Aborted,

    /// <summary>The database has rolled the transaction back, or the connection is lost.</summary>
    Lost,

    /// <summary>The session is past the commit point of its request: it is read-only, each statement runs in its own
    /// transaction, and it holds a connection only while one runs or its reader is open.</summary>
    ReadOnly,

    /// <summary>The session has ended.</summary>
    Ended,
}
