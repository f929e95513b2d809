using Millpond.Admission;
using Millpond.Diagnostics;
using static System.FormattableString;

namespace Millpond;

/// <summary>No connection came free before the caller's deadline: the pool's numbers, who held it, and what to
/// do.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. The statement was not sent.</remarks>
public sealed class PoolTimeoutException : MillpondException
{
    internal PoolTimeoutException(TimeSpan limit, PoolReport report, Exception? innerException = null)
        : base(ErrorCodes.PoolTimeout, Describe(limit, report), innerException)
    {
        PoolName = report.PoolName;
        WaitLimit = limit;
        Permits = report.Gate.Permits;
        InUse = report.Gate.InUse;
        Waiting = report.Gate.Waiting;
        OldestWait = report.Gate.OldestWait;
        Wait = report.Wait;
        Holders = report.Holders;
    }

    /// <summary>Gets the pool's name.</summary>
    /// <value>The engine's; with <c> (writer)</c> behind it for the one write permit of SQLite.</value>
    public string PoolName { get; }

    /// <summary>Gets how long the caller was ready to wait.</summary>
    public TimeSpan WaitLimit { get; }

    /// <summary>Gets how many connections may be in use at once.</summary>
    /// <value>Pool size plus overflow.</value>
    public int Permits { get; }

    /// <summary>Gets how many were in use when the wait ended.</summary>
    public int InUse { get; }

    /// <summary>Gets how many callers were waiting, this one included.</summary>
    public int Waiting { get; }

    /// <summary>Gets how long the first of them had waited.</summary>
    public TimeSpan OldestWait { get; }

    /// <summary>Gets where the caller's time went: queue, opening, thread pool.</summary>
    public PoolWait Wait { get; }

    /// <summary>Gets the operations that held most of the pool, the costliest first.</summary>
    /// <value>At most three, by the time their sessions had held their permits, added up.</value>
    public IReadOnlyList<HolderShare> Holders { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    private static string Describe(TimeSpan limit, PoolReport report) =>
        Invariant($"No {report.Grants} came free in pool '{report.PoolName}' within {limit.TotalSeconds:0.###} s: ") +
        report.Describe();
}
