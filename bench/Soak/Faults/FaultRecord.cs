namespace Millpond.Soak.Faults;

/// <summary>A fault that is over.</summary>
/// <param name="Fault">Which.</param>
/// <param name="Began">When, from the start of the run.</param>
/// <param name="Ended">When all was whole again.</param>
/// <param name="FirstAnswer">How long after that the first request that came then was answered 2xx; null: too long.</param>
internal sealed record FaultRecord(Fault Fault, TimeSpan Began, TimeSpan Ended, TimeSpan? FirstAnswer);
