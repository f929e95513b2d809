namespace Millpond.Admission;

/// <summary>The numbers of a gate at one instant.</summary>
internal readonly record struct GateSnapshot
{
    public int Permits { get; init; }

    public int InUse { get; init; }

    public int Waiting { get; init; }

    public TimeSpan OldestWait { get; init; }

    /// <summary>Gets how late a granted caller recently resumed.</summary>
    public TimeSpan ResumeLag { get; init; }

    /// <summary>Gets how long permits were held recently, including those in use; zero if unknown.</summary>
    public TimeSpan RecentHold { get; init; }

    public bool IsOverloaded { get; init; }

    public long TimedOut { get; init; }

    /// <summary>Gets how many callers were rejected before their deadline.</summary>
    public long Rejected { get; init; }

    public bool IsClosed { get; init; }
}
