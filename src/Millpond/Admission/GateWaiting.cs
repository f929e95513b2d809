namespace Millpond.Admission;

/// <summary>One caller in a gate's queue, at one instant.</summary>
/// <param name="Caller">Whoever it said it was.</param>
/// <param name="Waited">How long it has stood there.</param>
internal readonly record struct GateWaiting(object? Caller, TimeSpan Waited);
