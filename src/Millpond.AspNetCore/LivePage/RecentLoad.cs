using Millpond.Engine.Load;
using Millpond.AspNetCore.LivePage.Json;

namespace Millpond.AspNetCore.LivePage;

/// <summary>The load of an engine during the last ten seconds.</summary>
internal sealed record RecentLoad
{
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    public double SessionsPerSecond { get; init; }

    public double RejectedPerSecond { get; init; }

    public double TimedOutPerSecond { get; init; }

    public TimeSpan WaitP50 { get; init; }

    public TimeSpan WaitP99 { get; init; }

    public TimeSpan UseP50 { get; init; }

    public TimeSpan UseP99 { get; init; }

    /// <summary>Gets in which share of the last five seconds sessions were waiting: 0 to 1.</summary>
    public double Queued { get; init; }

    /// <summary>Gets which operations used the pool, the costliest first.</summary>
    public IReadOnlyList<LiveCost> Costs { get; init; } = [];

    /// <summary>Gets for which share of the pool's time no command was running: 0 to 1.</summary>
    public double IdleShare => Costs.Sum(static one => one.PoolTimeMs) is > 0 and var all
        ? Costs.Sum(static one => one.PoolTimeMs * one.IdleShare) / all
        : 0;

    public static RecentLoad Of(LoadSample[] fine, IReadOnlyList<LiveCost> costs)
    {
        var last = fine[Math.Max(0, fine.Length - (int)(Window / LoadHistory.FinePeriod))..];
        var used = last.Where(static one => one.Sessions > 0).ToArray();
        var seconds = Math.Max(1, last.Length * LoadHistory.FinePeriod.TotalSeconds);
        var newest = last[Math.Max(0, last.Length - 5)..];
        return new RecentLoad
        {
            SessionsPerSecond = last.Sum(static one => one.Sessions) / seconds,
            RejectedPerSecond = last.Sum(static one => one.Rejected) / seconds,
            TimedOutPerSecond = last.Sum(static one => one.TimedOut) / seconds,
            WaitP50 = Median(used, static one => one.WaitP50),
            WaitP99 = used.Select(static one => one.WaitP99).DefaultIfEmpty().Max(),
            UseP50 = Median(used, static one => one.UseP50),
            UseP99 = used.Select(static one => one.UseP99).DefaultIfEmpty().Max(),
            Queued = newest.Length == 0 ? 0 : (double)newest.Count(static one => one.Waiting > 0) / newest.Length,
            Costs = costs,
        };
    }

    private static TimeSpan Median(LoadSample[] samples, Func<LoadSample, TimeSpan> value)
    {
        var sorted = samples.Select(value).Order().ToArray();
        return sorted.Length == 0 ? TimeSpan.Zero : sorted[sorted.Length / 2];
    }
}
