namespace Millpond;

/// <summary>The outcome of a commit that failed or was not answered.</summary>
public enum CommitOutcome
{
    /// <summary>It may have been committed or not.</summary>
    Unknown,

    /// <summary>It was committed, as the database confirmed when it was queried.</summary>
    Committed,

    /// <summary>Nothing was committed: the database confirmed it, or never received the COMMIT.</summary>
    RolledBack,
}
