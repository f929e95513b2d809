namespace Millpond.Soak.Load;

/// <summary>One kind of request.</summary>
internal sealed record RequestKind
{
    /// <summary>Gets its name, as the tables show it.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how many of a hundred requests are of this kind.</summary>
    public required int Share { get; init; }

    public required string Path { get; init; }

    /// <summary>Gets whether it moves money.</summary>
    public bool Moves { get; init; }

    /// <summary>Gets whether the account that is to get it does not exist.</summary>
    public bool ToNobody { get; init; }

    /// <summary>Gets the one status that is right; null: 2xx.</summary>
    public int? Status { get; init; }

    /// <summary>Gets after how many milliseconds its client leaves, at least and at most.</summary>
    /// <value>Null: it waits for its answer.</value>
    public (int Least, int Most)? Patience { get; init; }

    /// <summary>Gets what is wrong with the body of an answer 2xx; null: nothing.</summary>
    public Func<byte[], string?> FindFault { get; init; } = static _ => null;

    /// <summary>Gets whether the answer begins before all of it is known, so that it can break in the middle.</summary>
    public bool Streams { get; init; }

    /// <summary>Gets whether it is done when all is well.</summary>
    public bool IsOrdinary => Status is null && Patience is null && Share > 0;
}
