namespace Millpond.Soak.Service;

/// <summary>What the service says of itself.</summary>
internal sealed record ServiceState
{
    /// <summary>Gets the bytes of managed objects; after a full collection where <see cref="Collected"/>.</summary>
    public required long Heap { get; init; }

    public required bool Collected { get; init; }

    /// <summary>Gets the bytes of memory that the system has given to it.</summary>
    public required long Resident { get; init; }

    /// <summary>Gets how many files, sockets among them, it has open.</summary>
    /// <value>Null: this system does not tell.</value>
    public required int? Files { get; init; }

    public required int Threads { get; init; }

    /// <summary>Gets how many permits are taken.</summary>
    public required int InUse { get; init; }

    public required int Waiting { get; init; }

    public required int Holders { get; init; }

    public required long Commits { get; init; }

    public required long Rollbacks { get; init; }

    public required long Retries { get; init; }

    public required long Cancellations { get; init; }

    /// <summary>Gets how many tasks failed and nobody looked.</summary>
    public required int Unobserved { get; init; }
}
