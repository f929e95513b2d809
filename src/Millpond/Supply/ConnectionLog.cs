using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.Supply;

/// <summary>The log messages of connections.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(EventIds.BecameUnavailable, LogLevel.Error,
        "Engine '{Engine}': the database at {Server} cannot be reached ({Cause}). Sessions wait a moment for it and then fail " +
        "immediately, until it answers the one connection that probes it.")]
    public static partial void BecameUnavailable(ILogger logger, string engine, string server, string cause);

    [LoggerMessage(EventIds.BecameAvailable, LogLevel.Information,
        "Engine '{Engine}': the database at {Server} can be reached again, after {Seconds} s.")]
    public static partial void BecameAvailable(ILogger logger, string engine, string server, double seconds);

    [LoggerMessage(EventIds.GrowthStopped, LogLevel.Warning,
        "Engine '{Engine}': a further connection to {Server} could not be opened ({Cause}). Sessions wait for the connections " +
        "that are open.")]
    public static partial void GrowthStopped(ILogger logger, string engine, string server, string cause);

    [LoggerMessage(EventIds.ReturnFailed, LogLevel.Warning,
        "Engine '{Engine}': a connection whose caller had left could not be returned to the pool.")]
    public static partial void ReturnFailed(ILogger logger, string engine, Exception exception);

    [LoggerMessage(EventIds.PoolResetFailed, LogLevel.Warning,
        "Engine '{Engine}': no new pool could be set up after the outage, so the old one stays in use.")]
    public static partial void PoolResetFailed(ILogger logger, string engine, Exception exception);
}
