using System.Diagnostics.CodeAnalysis;

namespace Millpond.Connections;

/// <summary>Whether an operation that failed can be sent again without anybody noticing, and where (S19).</summary>
[Experimental(ProviderSeam.Id)]
public enum ReplayKind
{
    /// <summary>Not at all.</summary>
    No,

    /// <summary>On the same connection, in a new transaction.</summary>
    SameConnection,

    /// <summary>On another connection; this one is of no use any more.</summary>
    FreshConnection,
}
