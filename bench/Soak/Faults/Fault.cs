namespace Millpond.Soak.Faults;

/// <summary>A fault in the service's environment.</summary>
/// <param name="Name">The name in the tables.</param>
/// <param name="Least">The minimum length in milliseconds; 0 if it has no length.</param>
/// <param name="Most">The maximum length.</param>
/// <param name="StrikeAsync">Causes the fault for a time, and returns when everything works again.</param>
internal sealed record Fault(
    string Name, int Least, int Most, Func<FaultScene, TimeSpan, CancellationToken, Task> StrikeAsync)
{
    /// <summary>Gets all faults.</summary>
    public static IReadOnlyList<Fault> All { get; } = [.. ServerFaults.All, .. NetworkFaults.All, .. NeighbourFaults.All];
}
