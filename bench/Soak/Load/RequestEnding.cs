namespace Millpond.Soak.Load;

/// <summary>The end of a request.</summary>
/// <param name="Name">The name in the tables.</param>
/// <param name="Kind">What it shows about the service.</param>
internal readonly record struct RequestEnding(string Name, EndKind Kind)
{
    /// <summary>Gets whether it is certain that nothing was done.</summary>
    public bool IsRefusal { get; init; } = Kind is EndKind.Expected or EndKind.TurnedAway;
}
