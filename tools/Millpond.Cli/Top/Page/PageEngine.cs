namespace Millpond.Cli.Top.Page;

/// <summary>An engine's numbers.</summary>
internal sealed record PageEngine
{
    public required string Name { get; init; }

    public required string Provider { get; init; }

    public required string Server { get; init; }

    public required PageVerdict Verdict { get; init; }

    public int Permits { get; init; }

    public int InUse { get; init; }

    public int Executing { get; init; }

    public int HeldIdle { get; init; }

    public int Waiting { get; init; }

    public int WaitingToWrite { get; init; }

    public double OldestWaitMs { get; init; }

    public double WaitP99Ms { get; init; }

    public double UseP99Ms { get; init; }

    public double HeldIdleShare { get; init; }

    public double SessionsPerSecond { get; init; }

    public double RejectedPerSecond { get; init; }

    public double TimedOutPerSecond { get; init; }

    public double ResumeLagMs { get; init; }

    public IReadOnlyList<PageCost> Costs { get; init; } = [];

    public IReadOnlyList<PageHolder> Holders { get; init; } = [];

    public IReadOnlyList<PageFinding> Findings { get; init; } = [];
}
