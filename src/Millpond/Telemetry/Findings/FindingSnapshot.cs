namespace Millpond;

/// <summary>A problem that an engine found while it ran.</summary>
public sealed record FindingSnapshot
{
    /// <summary>Gets its kind.</summary>
    public required FindingKind Kind { get; init; }

    /// <summary>Gets its id: MILL4001 and so on. Findings of one kind have the same id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the operation that it is about: <c>GET /reports</c>, or a method with its file and line.</summary>
    /// <value>Null if it is about the whole engine.</value>
    public string? Operation { get; init; }

    /// <summary>Gets what happened the last time, as a sentence with numbers.</summary>
    public required string Message { get; init; }

    /// <summary>Gets what to do, as a sentence.</summary>
    public required string Remedy { get; init; }

    /// <summary>Gets the places in the code or the statements that are involved.</summary>
    public IReadOnlyList<string> Sites { get => field ?? []; init; }

    /// <summary>Gets how often it was found since the start.</summary>
    public long Count { get; init; }

    /// <summary>Gets when it was found first.</summary>
    public DateTimeOffset FirstSeen { get; init; }

    /// <summary>Gets when it was found last.</summary>
    public DateTimeOffset LastSeen { get; init; }
}
