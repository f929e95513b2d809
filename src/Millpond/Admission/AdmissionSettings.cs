namespace Millpond.Admission;

/// <summary>When a gate turns callers away before their deadline (G03, G04).</summary>
internal readonly record struct AdmissionSettings
{
    /// <summary>Gets the wait that is still no queue to speak of; infinite: nobody is turned away for others' sake.</summary>
    public required TimeSpan QueueTarget { get; init; }

    /// <summary>Gets how long the shortest wait must stay above the target for the demand to be too much.</summary>
    public required TimeSpan QueueInterval { get; init; }

    /// <summary>Gets the longest expected wait that somebody may queue for; null: half of what its deadline leaves.</summary>
    public required TimeSpan? BurstLimit { get; init; }

    /// <summary>Gets how many may queue.</summary>
    public required int MaxQueue { get; init; }
}
