namespace Millpond.Telemetry;

/// <summary>How a session's use of a connection ended.</summary>
internal enum SessionOutcome
{
    Committed,
    RolledBack,

    /// <summary>COMMIT was sent, and its result is unknown.</summary>
    Unknown,

    /// <summary>Nothing had to be committed: it only read, or each statement committed on its own.</summary>
    Read,
}
