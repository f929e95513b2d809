using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>What is known of a commit that failed or was not answered.</summary>
[Experimental(ProviderSeam.Id)]
public enum CommitAnswer
{
    /// <summary>It cannot be asked, does not know, or is not the one that was to commit.</summary>
    Unknown,

    /// <summary>It has committed.</summary>
    Committed,

    /// <summary>It has not committed and never will.</summary>
    RolledBack,
}
