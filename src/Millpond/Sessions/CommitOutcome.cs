namespace Millpond.Sessions;

/// <summary>What is known of a commit whose answer never came.</summary>
public enum CommitOutcome
{
    /// <summary>It may have been committed or not.</summary>
    Unknown,

    /// <summary>It was committed: the database said so when it was asked.</summary>
    Committed,

    /// <summary>Nothing was committed: the database said so when it was asked.</summary>
    RolledBack,
}
