namespace Millpond.Hosting;

/// <summary>The kinds of errors, by what a client can do.</summary>
internal enum ClientErrorKind
{
    /// <summary>Retry later.</summary>
    Busy,

    /// <summary>Retry: another transaction conflicted.</summary>
    Conflict,

    /// <summary>Change the data.</summary>
    Constraint,

    /// <summary>Retry: the connection was lost, and nothing is committed.</summary>
    RolledBack,

    /// <summary>Check the state first: it is unknown whether the work is committed.</summary>
    Unknown,

    /// <summary>Nothing: it is a fault of the server.</summary>
    Internal,
}
