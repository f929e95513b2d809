namespace Millpond.Hosting;

/// <summary>What a client can do about an error.</summary>
internal enum AnswerKind
{
    /// <summary>Try again later.</summary>
    Busy,

    /// <summary>Try again: another transaction was in the way.</summary>
    Conflict,

    /// <summary>Change the data.</summary>
    Constraint,

    /// <summary>Try again: the connection was lost, and nothing is committed.</summary>
    RolledBack,

    /// <summary>Find out: nobody knows whether it is committed.</summary>
    Unknown,

    /// <summary>Nothing.</summary>
    Internal,
}
