namespace Millpond.Soak.Faults;

/// <summary>A fault that has not begun.</summary>
/// <param name="Calm">The time of calm before it.</param>
/// <param name="Fault">The fault.</param>
/// <param name="Length">Its length, if it has one.</param>
internal sealed record PlannedFault(TimeSpan Calm, Fault Fault, TimeSpan Length);
