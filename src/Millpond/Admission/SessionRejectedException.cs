using Millpond.Admission;
using Millpond.Diagnostics;
using static System.FormattableString;

namespace Millpond;

/// <summary>A session or a background job was rejected before its deadline: the pool is overloaded, the queue is full, or the
/// engine is shutting down.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. The statement was not sent.</remarks>
public sealed class SessionRejectedException : MillpondException
{
    private SessionRejectedException(string poolName, string message, PoolReport? report = null)
        : base(ErrorCodes.SessionRejected, message)
    {
        PoolName = poolName;
        Permits = report?.Gate.Permits ?? 0;
        InUse = report?.Gate.InUse ?? 0;
        Waiting = report?.Gate.Waiting ?? 0;
        OldestWait = report?.Gate.OldestWait ?? TimeSpan.Zero;
        Holders = report?.Holders ?? [];
    }

    /// <summary>Gets the pool's name.</summary>
    public string PoolName { get; }

    /// <summary>Gets how many connections may be in use at once.</summary>
    /// <value>Pool size plus overflow; 0 when the engine shuts down.</value>
    public int Permits { get; }

    /// <summary>Gets how many were in use.</summary>
    public int InUse { get; }

    /// <summary>Gets how many callers were waiting, or how many background jobs.</summary>
    public int Waiting { get; private init; }

    /// <summary>Gets how long the first of them had waited.</summary>
    public TimeSpan OldestWait { get; }

    /// <summary>Gets the operations that held most of the pool, the costliest first.</summary>
    /// <value>At most three; none when the engine shuts down.</value>
    public IReadOnlyList<HolderShare> Holders { get; }

    /// <summary>Gets the estimated time until the callers that were waiting have been served.</summary>
    /// <value>Zero if unknown.</value>
    public TimeSpan RetryAfter { get; private init; }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    internal static SessionRejectedException ShuttingDown(string poolName) =>
        new(poolName, $"Engine '{poolName}' is shutting down and opens no new sessions. Try again on another instance.");

    internal static SessionRejectedException NoMoreJobs(string poolName) =>
        new(poolName, $"Engine '{poolName}' is shutting down and takes no new background jobs. Try again on another instance.");

    internal static SessionRejectedException QueueFull(string poolName, int waiting, int promised, int running) =>
        new(
            poolName,
            Invariant($"The background queue of engine '{poolName}' is full: {waiting} waiting ({promised} of them for the ") +
            Invariant($"commit of their session), {running} running. ") +
            "Try again later; if it persists, make the jobs shorter, or raise BackgroundWorkers or BackgroundCapacity.")
        {
            Waiting = waiting,
        };

    /// <summary>Makes the error for a caller that a gate's policy rejected.</summary>
    internal static SessionRejectedException Overloaded(
        PoolReport report, ArrivalVerdict verdict, TimeSpan waited, TimeSpan expected, TimeSpan limit)
    {
        var what = verdict switch
        {
            ArrivalVerdict.TooLong =>
                Invariant($"immediately, because it would have waited about {expected.TotalSeconds:0.0##} s and may wait no ") +
                Invariant($"longer than {limit.TotalSeconds:0.0##} s"),
            ArrivalVerdict.QueueFull => "immediately, because MaxQueue sessions are waiting already",
            _ => Invariant($"after {waited.TotalSeconds:0.0##} s, because it is overloaded and the newest are served first"),
        };
        return new(report.PoolName, $"Pool '{report.PoolName}' rejected a session {what}: {report.Describe()}", report)
        {
            RetryAfter = report.Gate.RecentHold * (report.Gate.Waiting + 1) / Math.Max(1, report.Gate.Permits),
        };
    }
}
