using System.Globalization;
using Millpond.Diagnostics;

namespace Millpond.Admission;

/// <summary>Says that a session or a background job was turned away before its time was up: more come than the database can
/// serve, the queue is full, or the engine shuts down.</summary>
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

    /// <summary>Gets in about what time those who waited then will have been served.</summary>
    /// <value>Zero when that is not known.</value>
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
            string.Create(
                CultureInfo.InvariantCulture,
                $"The background jobs of engine '{poolName}' are too many: {waiting} wait ({promised} of them for the commit " +
                $"of their session) and {running} run. ") +
            "Try again later; if it lasts, make the jobs shorter or raise BackgroundWorkers. BackgroundCapacity says how many " +
            "may wait.")
        {
            Waiting = waiting,
        };

    /// <summary>Makes the error for somebody whom a gate's policy turned away.</summary>
    internal static SessionRejectedException Overloaded(
        PoolReport report, ArrivalVerdict verdict, TimeSpan waited, TimeSpan expected, TimeSpan limit)
    {
        var what = verdict switch
        {
            ArrivalVerdict.TooLong => string.Create(
                CultureInfo.InvariantCulture,
                $"at once, because it would have waited about {expected.TotalSeconds:0.0##} s and not more than " +
                $"{limit.TotalSeconds:0.0##} s are left for that"),
            ArrivalVerdict.QueueFull => "at once, because as many wait as MaxQueue allows",
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"after {waited.TotalSeconds:0.0##} s, because more come than it can serve and the newest are served first"),
        };
        return new(report.PoolName, $"Pool '{report.PoolName}' turned a session away {what}: {report.Describe()}", report)
        {
            RetryAfter = report.Gate.RecentHold * (report.Gate.Waiting + 1) / Math.Max(1, report.Gate.Permits),
        };
    }
}
