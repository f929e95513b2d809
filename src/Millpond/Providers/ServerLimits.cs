using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>The connection limits of a database server and the number of workers that share them, at one instant.</summary>
/// <remarks>For provider authors.</remarks>
[Experimental(ProviderSeam.Id)]
public sealed class ServerLimits
{
    /// <summary>Gets all limits that apply to the engine's user and database. The tightest one decides.</summary>
    public required IReadOnlyList<ServerLimit> Bounds { get; init; }

    /// <summary>Gets the number of workers: engines with this name on the same database as the same user, in all processes,
    /// including this one.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Gets whether the workers can be distinguished; if not, there are at least <see cref="Workers"/>.</summary>
    public bool CountsWorkers { get; init; } = true;

    /// <summary>Gets the clients that use the most connections, apart from this engine's workers.</summary>
    /// <value>At most five, the largest first.</value>
    public IReadOnlyList<ServerClient> OtherClients { get; init; } = [];

    /// <summary>Gets whether the engine connects through a pooler, so the server's limits do not apply to its pool.</summary>
    public bool IsBehindPooler { get; init; }

    /// <summary>Gets a note about that pooler for the log.</summary>
    public string? PoolerNote { get; init; }
}
