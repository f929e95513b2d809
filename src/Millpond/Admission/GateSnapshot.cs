namespace Millpond.Admission;

/// <summary>A gate's numbers at one instant.</summary>
internal readonly record struct GateSnapshot
{
    public int Permits { get; init; }

    public int InUse { get; init; }

    public int Waiting { get; init; }

    public TimeSpan OldestWait { get; init; }

    /// <summary>Gets how much later than it could a granted caller lately went on.</summary>
    public TimeSpan ResumeLag { get; init; }

    /// <summary>Gets how long permits are held lately, those included that are out; zero: not known yet.</summary>
    public TimeSpan RecentHold { get; init; }

    public bool IsOverloaded { get; init; }

    public long TimedOut { get; init; }

    /// <summary>Gets how many were turned away before their deadline.</summary>
    public long Rejected { get; init; }

    public bool IsClosed { get; init; }
}
