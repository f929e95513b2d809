namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>An engine's numbers. Rates, shares and percentiles are of the last ten seconds, totals since the start.</summary>
internal sealed record LiveEngine
{
    public required string Name { get; init; }

    public required string Provider { get; init; }

    public required string Server { get; init; }

    public required LiveVerdict Verdict { get; init; }

    public required int PoolSize { get; init; }

    public required int Permits { get; init; }

    public required int InUse { get; init; }

    public required int Executing { get; init; }

    public required int HeldIdle { get; init; }

    public required int Opening { get; init; }

    public required int Waiting { get; init; }

    public required bool HasWriter { get; init; }

    public required int WaitingToWrite { get; init; }

    public required double OldestWaitMs { get; init; }

    public required double WaitP50Ms { get; init; }

    public required double WaitP99Ms { get; init; }

    public required double UseP50Ms { get; init; }

    public required double UseP99Ms { get; init; }

    /// <summary>Gets for which share of the pool's time sessions held connections without running a command: 0 to 1.</summary>
    public required double HeldIdleShare { get; init; }

    public required double SessionsPerSecond { get; init; }

    public required double RejectedPerSecond { get; init; }

    public required double TimedOutPerSecond { get; init; }

    public required double ResumeLagMs { get; init; }

    public required long ThreadPoolQueue { get; init; }

    public required long Rejected { get; init; }

    public required long TimedOut { get; init; }

    public required long Commits { get; init; }

    public required long Rollbacks { get; init; }

    public required long Retries { get; init; }

    public required long SynchronousCalls { get; init; }

    public required bool IsOverloaded { get; init; }

    public required bool IsStopping { get; init; }

    public required DateTimeOffset? DownSince { get; init; }

    public required LiveLimit? ServerLimit { get; init; }

    public required LiveAdvice? Advice { get; init; }

    /// <summary>Gets which operations used the pool, the costliest first.</summary>
    public required IReadOnlyList<LiveCost> Costs { get; init; }

    /// <summary>Gets the sessions that hold a connection, the longest holder first, at most a hundred.</summary>
    public required IReadOnlyList<LiveHolder> Holders { get; init; }

    /// <summary>Gets the sessions that wait, in the order of their queue, at most a hundred.</summary>
    public required IReadOnlyList<LiveWaiter> Waiters { get; init; }

    public required IReadOnlyList<LiveOperation> Operations { get; init; }

    public required IReadOnlyList<LiveFinding> Findings { get; init; }
}
