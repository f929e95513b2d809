namespace Millpond.Soak.Load;

/// <summary>How a request ended.</summary>
/// <param name="Name">As the tables show it.</param>
/// <param name="Kind">What it says of the service.</param>
internal readonly record struct RequestEnding(string Name, EndKind Kind)
{
    /// <summary>Gets whether it says for certain that nothing was done.</summary>
    public bool IsRefusal { get; init; } = Kind is EndKind.Expected or EndKind.TurnedAway;
}
