namespace Millpond.Soak.Faults;

/// <summary>Something that goes wrong around the service.</summary>
/// <param name="Name">As the tables show it.</param>
/// <param name="Least">How many milliseconds it lasts at least; 0: it is over at once, or takes the time it takes.</param>
/// <param name="Most">And at most.</param>
/// <param name="StrikeAsync">Lets it happen for a time; when this returns all is whole again.</param>
internal sealed record Fault(
    string Name, int Least, int Most, Func<FaultScene, TimeSpan, CancellationToken, Task> StrikeAsync)
{
    /// <summary>Gets every one.</summary>
    public static IReadOnlyList<Fault> All { get; } = [.. ServerFaults.All, .. NetworkFaults.All, .. NeighbourFaults.All];
}
