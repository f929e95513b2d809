using Millpond.Admission;
using Millpond.Diagnostics;
using Millpond.Telemetry;
using static System.FormattableString;

namespace Millpond;

/// <summary>Thrown if a session or a background job is rejected before its time limit, because the pool is overloaded, the
/// queue is full, or the engine is shutting down.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. The statement was not sent.</remarks>
public sealed class SessionRejectedException : MillpondException
{
    private readonly bool _isShuttingDown;

    private SessionRejectedException(string engineName, string message, bool isShuttingDown = false)
        : base(ErrorCodes.SessionRejected, message) => (EngineName, _isShuttingDown) = (engineName, isShuttingDown);

    /// <summary>Gets the engine's name.</summary>
    public string EngineName { get; }

    /// <summary>Gets the pool's numbers.</summary>
    /// <value>Null if the pool was not the reason: the engine is shutting down, or its background queue is full.</value>
    public PoolSnapshot? Pool { get; private init; }

    /// <summary>Gets the estimated time until the waiting sessions have been served.</summary>
    /// <value>Zero if unknown.</value>
    public TimeSpan RetryAfter { get; private init; }

    internal RejectionReason Reason { get; private init; } = RejectionReason.Shutdown;

    /// <summary>Gets whether a retry may succeed.</summary>
    /// <value>False if the engine is shutting down, otherwise true.</value>
    public override bool IsTransient => !_isShuttingDown;

    internal static SessionRejectedException ShuttingDown(string engineName) => new(
        engineName,
        $"Engine '{engineName}' is shutting down and accepts no new sessions. Retry on another instance.",
        isShuttingDown: true);

    internal static SessionRejectedException NoMoreJobs(string engineName) => new(
        engineName,
        $"Engine '{engineName}' is shutting down and accepts no new background jobs. Retry on another instance.",
        isShuttingDown: true);

    internal static SessionRejectedException QueueFull(string engineName, int waiting, int reserved, int running) => new(
        engineName,
        Invariant($"The background queue of engine '{engineName}' is full: {waiting} waiting ({reserved} of them for the ") +
        Invariant($"commit of their session), {running} running. ") +
        "Retry later; if it persists, shorten the jobs, or raise BackgroundWorkers or BackgroundCapacity.");

    /// <summary>Creates the error for a session that the gate rejected.</summary>
    internal static SessionRejectedException Overloaded(
        PoolReport report, ArrivalVerdict verdict, TimeSpan waited, TimeSpan expected, TimeSpan limit)
    {
        var what = verdict switch
        {
            ArrivalVerdict.TooLong =>
                Invariant($"immediately, because it would have waited about {expected.TotalSeconds:0.0##} s and may wait at ") +
                Invariant($"most {limit.TotalSeconds:0.0##} s"),
            ArrivalVerdict.QueueFull => "immediately, because MaxQueue sessions are already waiting",
            _ => Invariant($"after {waited.TotalSeconds:0.0##} s, because the pool is overloaded and serves the newest first"),
        };
        var pool = report.Snapshot;
        return new(report.EngineName, $"Pool '{pool.Name}' rejected a session {what}: {report.Describe()}")
        {
            Pool = pool,
            Reason = verdict switch
            {
                ArrivalVerdict.TooLong => RejectionReason.Deadline,
                ArrivalVerdict.QueueFull or ArrivalVerdict.QueueForOldest => RejectionReason.QueueFull,
                _ => RejectionReason.Overload,
            },
            RetryAfter = report.Gate.RecentHold * (pool.Waiting + 1) / Math.Max(1, pool.Permits),
        };
    }
}
