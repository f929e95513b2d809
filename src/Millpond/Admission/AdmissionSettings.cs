namespace Millpond.Admission;

/// <summary>When a gate rejects callers before their deadline (G03, G04).</summary>
internal readonly record struct AdmissionSettings
{
    /// <summary>Gets the acceptable queueing delay; infinite: nobody is rejected in favour of others.</summary>
    public required TimeSpan QueueTarget { get; init; }

    public required int MaxQueue { get; init; }
}
