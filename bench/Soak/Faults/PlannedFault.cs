namespace Millpond.Soak.Faults;

/// <summary>A fault that is to come.</summary>
/// <param name="Calm">How long all is well before it.</param>
/// <param name="Fault">Which.</param>
/// <param name="Length">How long it lasts, where that can be chosen.</param>
internal sealed record PlannedFault(TimeSpan Calm, Fault Fault, TimeSpan Length);
