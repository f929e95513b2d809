namespace Millpond;

/// <summary>How an engine's pool fits what the database server allows, when that was last read.</summary>
public readonly record struct ServerLimitSnapshot
{
    /// <summary>Gets what the bound that decides is called where it is set: <c>max_connections</c>, a limit of the role or of the
    /// database.</summary>
    /// <value>Empty behind a pooler.</value>
    public string Name { get; init; }

    /// <summary>Gets how many connections it leaves to this engine's workers, all together.</summary>
    /// <value>What it allows, less what is reserved, less what others held. Zero behind a pooler.</value>
    public int Usable { get; init; }

    /// <summary>Gets how many workers share it: engines of this name on this database as this user, this one included.</summary>
    /// <value>One or more.</value>
    public int Workers { get; init; }

    /// <summary>Gets how many connections the workers want at most: their number times <see cref="EngineSnapshot.Permits"/>.
    /// </summary>
    public int Wanted { get; init; }

    /// <summary>Gets whether a pooler stands between, so that the server's limit is not the one that bounds this pool.</summary>
    public bool IsBehindPooler { get; init; }

    /// <summary>Gets what is wrong and what would fit, as a sentence.</summary>
    /// <value>Null: the pools fit, or a pooler stands between.</value>
    public string? Advice { get; init; }

    /// <summary>Gets when it was read.</summary>
    public DateTimeOffset ReadAt { get; init; }
}
