namespace Millpond.Sessions;

/// <summary>What is known of a commit whose answer never came.</summary>
public enum CommitOutcome
{
    /// <summary>It may have been committed or not.</summary>
    Unknown,
}
