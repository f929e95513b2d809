using Millpond.Admission;
using Millpond.Diagnostics;
using static System.FormattableString;

namespace Millpond;

/// <summary>Thrown if no connection became available within the session's time limit.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. The statement was not sent. The message contains the pool's numbers, the
/// operations that held most of it, and a remedy.</remarks>
public sealed class PoolTimeoutException : MillpondException
{
    internal PoolTimeoutException(TimeSpan limit, PoolReport report, Exception? innerException = null)
        : base(ErrorCodes.PoolTimeout, Describe(limit, report), innerException)
    {
        (WaitLimit, Pool, Report) = (limit, report.Snapshot, report);
    }

    /// <summary>Gets the pool's numbers when the wait ended.</summary>
    public PoolSnapshot Pool { get; }

    /// <summary>Gets the session's time limit for the wait.</summary>
    public TimeSpan WaitLimit { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    internal PoolReport Report { get; }

    private static string Describe(TimeSpan limit, PoolReport report) =>
        Invariant($"No {report.Grants} became free in pool '{report.Snapshot.Name}' within {limit.TotalSeconds:0.###} s: ") +
        report.Describe();
}
