namespace Millpond.Sessions;

/// <summary>How far a session is with its connection. It only ever goes on, and each stage ends with the connection's return;
/// but a first statement that is sent again starts over (S19).</summary>
internal enum LeaseStage
{
    /// <summary>The connection is there, and nothing has begun on it.</summary>
    Bare,

    /// <summary>Each statement commits by itself.</summary>
    Autocommit,

    /// <summary>A transaction is open.</summary>
    Transaction,
}
