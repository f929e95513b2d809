using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>How many connections a database server allows, and how many workers share them, at one instant.</summary>
/// <remarks>For provider authors.</remarks>
[Experimental(ProviderSeam.Id)]
public sealed class ServerLimits
{
    /// <summary>Gets every bound that holds for the engine's user and database; the tightest decides.</summary>
    public required IReadOnlyList<ServerLimit> Bounds { get; init; }

    /// <summary>Gets how many workers there are: engines of this name on the same database as the same user, in this process and
    /// others, this one included.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Gets whether the workers can be told apart; false: there are <see cref="Workers"/> or more.</summary>
    public bool CountsWorkers { get; init; } = true;

    /// <summary>Gets whether a pooler stands between, so that the server's bounds are not those of the engine's pool.</summary>
    public bool IsBehindPooler { get; init; }

    /// <summary>Gets what a person should know of that pooler, as sentences.</summary>
    public string? PoolerNote { get; init; }
}
