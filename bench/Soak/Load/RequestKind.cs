namespace Millpond.Soak.Load;

/// <summary>A kind of request.</summary>
internal sealed record RequestKind
{
    /// <summary>Gets its name in the tables.</summary>
    public required string Name { get; init; }

    /// <summary>Gets its share of all requests, in percent.</summary>
    public required int Share { get; init; }

    public required string Path { get; init; }

    /// <summary>Gets whether it moves money.</summary>
    public bool Moves { get; init; }

    /// <summary>Gets whether the payee does not exist.</summary>
    public bool ToNobody { get; init; }

    /// <summary>Gets the only correct status; null for 2xx.</summary>
    public int? Status { get; init; }

    /// <summary>Gets the minimum and maximum time in milliseconds after which the client disconnects.</summary>
    /// <value>Null if the client waits for the response.</value>
    public (int Least, int Most)? Patience { get; init; }

    /// <summary>Gets a function that returns what is wrong with the body of a 2xx response, or null.</summary>
    public Func<byte[], string?> FindFault { get; init; } = static _ => null;

    /// <summary>Gets whether the response starts before it is complete, so it can break in the middle.</summary>
    public bool Streams { get; init; }

    /// <summary>Gets whether it succeeds if everything works.</summary>
    public bool IsOrdinary => Status is null && Patience is null && Share > 0;
}
