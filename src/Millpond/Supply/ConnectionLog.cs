using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.Supply;

/// <summary>The log messages of connections.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(EventIds.BecameUnavailable, LogLevel.Error,
        "Engine '{Engine}': the database at {Server} cannot be reached ({Cause}). One connection probes it. Until it answers, " +
        "sessions wait briefly and then fail.")]
    public static partial void BecameUnavailable(ILogger logger, string engine, string server, string cause);

    [LoggerMessage(EventIds.BecameAvailable, LogLevel.Information,
        "Engine '{Engine}': the database at {Server} is available again after {Seconds} s.")]
    public static partial void BecameAvailable(ILogger logger, string engine, string server, double seconds);

    [LoggerMessage(EventIds.GrowthStopped, LogLevel.Warning,
        "Engine '{Engine}': another connection to {Server} could not be opened ({Cause}). Sessions wait for the existing " +
        "connections.")]
    public static partial void GrowthStopped(ILogger logger, string engine, string server, string cause);

    [LoggerMessage(EventIds.ReturnFailed, LogLevel.Warning,
        "Engine '{Engine}': a connection whose caller had left could not be returned to the pool.")]
    public static partial void ReturnFailed(ILogger logger, string engine, Exception exception);

    [LoggerMessage(EventIds.PoolResetFailed, LogLevel.Warning,
        "Engine '{Engine}': no new pool could be created after the outage, so the old one stays in use.")]
    public static partial void PoolResetFailed(ILogger logger, string engine, Exception exception);
}
