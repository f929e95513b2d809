namespace Millpond.Admission;

/// <summary>When a gate rejects callers before their deadline (G03, G04).</summary>
/// <param name="QueueTarget">The acceptable queueing delay; infinite: no caller is rejected in favour of others.</param>
/// <param name="MaxQueue">How many may wait.</param>
internal readonly record struct AdmissionSettings(TimeSpan QueueTarget, int MaxQueue);
