namespace Millpond;

/// <summary>A comparison of an engine's pool with the server's connection limit, when it was last read.</summary>
public readonly record struct ServerLimitSnapshot
{
    /// <summary>Gets the name of the deciding limit: <c>max_connections</c>, or a limit of the role or of the
    /// database.</summary>
    /// <value>Empty behind a pooler.</value>
    public string Name { get; init; }

    /// <summary>Gets how many connections are available to all workers of this engine.</summary>
    /// <value>The limit, less what is reserved, less what other clients held. Zero behind a pooler.</value>
    public int Usable { get; init; }

    /// <summary>Gets the number of workers: engines with this name on this database as this user, including this one.</summary>
    /// <value>One or more.</value>
    public int Workers { get; init; }

    /// <summary>Gets how many connections the workers may open: their number times <see
    /// cref="EngineSnapshot.Permits"/>.</summary>
    public int Wanted { get; init; }

    /// <summary>Gets the clients that use the most connections, apart from this engine's workers.</summary>
    /// <value>At most five, the largest first.</value>
    public IReadOnlyList<ServerClient> OtherClients { get => field ?? []; init; }

    /// <summary>Gets whether the engine connects through a pooler, so the server's limit does not apply to this pool.</summary>
    public bool IsBehindPooler { get; init; }

    /// <summary>Gets the problem and the sizes that would fit, as a sentence.</summary>
    /// <value>Null if the pools fit, or behind a pooler.</value>
    public string? Advice { get; init; }

    /// <summary>Gets when it was read.</summary>
    public DateTimeOffset ReadAt { get; init; }
}
