using System.Globalization;
using Millpond.Diagnostics;

namespace Millpond.Admission;

/// <summary>Says that no connection came free before the caller's deadline.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. Nothing was sent to the database.</remarks>
public sealed class PoolTimeoutException : MillpondException
{
    internal PoolTimeoutException(string poolName, TimeSpan limit, GateSnapshot gate)
        : base(ErrorCodes.PoolTimeout, Describe(poolName, limit, gate))
    {
        PoolName = poolName;
        WaitLimit = limit;
        Permits = gate.Permits;
        InUse = gate.InUse;
        Waiting = gate.Waiting;
        OldestWait = gate.OldestWait;
    }

    /// <summary>Gets the pool's name.</summary>
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

    /// <inheritdoc/>
    public override bool IsTransient => true;

    private static string Describe(string poolName, TimeSpan limit, GateSnapshot gate) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"No connection came free in pool '{poolName}' within {limit.TotalSeconds:0.###} s: {gate.InUse} of " +
            $"{gate.Permits} in use, " +
            $"{gate.Waiting} waiting (oldest {gate.OldestWait.TotalSeconds:0.0} s). " +
            $"Release sessions before slow work, or raise PoolSize or PoolTimeout.");
}
