namespace Millpond.Soak.Faults;

/// <summary>A fault that has ended.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Began">When it began, since the start of the run.</param>
/// <param name="Ended">When everything worked again.</param>
/// <param name="FirstAnswer">The time from then to the first 2xx response of a new request; null if it took too long.</param>
internal sealed record FaultRecord(Fault Fault, TimeSpan Began, TimeSpan Ended, TimeSpan? FirstAnswer);
