using System.Diagnostics.CodeAnalysis;

namespace Millpond.Connections;

/// <summary>What a database says, asked on another connection, of a commit that it never answered (S18).</summary>
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
