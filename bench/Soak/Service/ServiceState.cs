namespace Millpond.Soak.Service;

/// <summary>The service's own numbers.</summary>
internal sealed record ServiceState
{
    /// <summary>Gets the size of managed objects in bytes; after a full collection if <see cref="Collected"/>.</summary>
    public required long Heap { get; init; }

    public required bool Collected { get; init; }

    /// <summary>Gets the resident memory in bytes.</summary>
    public required long Resident { get; init; }

    /// <summary>Gets the number of open files, including sockets.</summary>
    /// <value>Null if the system does not report it.</value>
    public required int? Files { get; init; }

    public required int Threads { get; init; }

    /// <summary>Gets the number of permits in use.</summary>
    public required int InUse { get; init; }

    public required int Waiting { get; init; }

    public required int Holders { get; init; }

    public required long Commits { get; init; }

    public required long Rollbacks { get; init; }

    public required long Retries { get; init; }

    public required long Cancellations { get; init; }

    /// <summary>Gets the number of unobserved task exceptions.</summary>
    public required int Unobserved { get; init; }
}
