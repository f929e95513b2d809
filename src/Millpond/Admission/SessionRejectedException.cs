using System.Globalization;
using Millpond.Diagnostics;

namespace Millpond.Admission;

/// <summary>Says that a session or a background job was refused at once, without waiting: the engine shuts down, or its queue is
/// full.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. Nothing was sent to the database.</remarks>
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

    internal static SessionRejectedException Overloaded(PoolReport report) =>
        new(report.PoolName, $"Pool '{report.PoolName}' turned a session away at once: {report.Describe()}", report);
}
