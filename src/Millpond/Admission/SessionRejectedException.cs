using System.Globalization;
using Millpond.Diagnostics;

namespace Millpond.Admission;

/// <summary>Says that a session was refused at once, without waiting: the engine shuts down, or its queue is full.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. Nothing was sent to the database.</remarks>
public sealed class SessionRejectedException : MillpondException
{
    private SessionRejectedException(string poolName, string message)
        : base(ErrorCodes.SessionRejected, message)
    {
        PoolName = poolName;
    }

    /// <summary>Gets the pool's name.</summary>
    public string PoolName { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    internal static SessionRejectedException ShuttingDown(string poolName) =>
        new(poolName, $"Engine '{poolName}' is shutting down and opens no new sessions. Try again on another instance.");

    internal static SessionRejectedException Overloaded(string poolName, int permits, int waiting) =>
        new(poolName, string.Create(
            CultureInfo.InvariantCulture,
            $"Pool '{poolName}' turned a session away at once: {permits} of {permits} in use, {waiting} waiting. Try again " +
            $"later."));
}
