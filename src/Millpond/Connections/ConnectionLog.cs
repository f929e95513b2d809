using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.Connections;

/// <summary>The log messages of connections.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(EventIds.WentDown, LogLevel.Error,
        "Engine '{Engine}': the database at {Server} cannot be reached ({Cause}). Sessions wait a moment for it and are then " +
        "refused at once, until it answers the one connection that keeps asking.")]
    public static partial void WentDown(ILogger logger, string engine, string server, string cause);

    [LoggerMessage(EventIds.CameUp, LogLevel.Information,
        "Engine '{Engine}': the database at {Server} can be reached again, after {Seconds} s.")]
    public static partial void CameUp(ILogger logger, string engine, string server, double seconds);

    [LoggerMessage(EventIds.GrowthStopped, LogLevel.Warning,
        "Engine '{Engine}': a further connection to {Server} could not be opened ({Cause}). Those that are open are used on; " +
        "sessions wait for them meanwhile.")]
    public static partial void GrowthStopped(ILogger logger, string engine, string server, string cause);

    [LoggerMessage(EventIds.ReturnFailed, LogLevel.Warning,
        "Engine '{Engine}': a connection that nobody waited for any more could not be given back.")]
    public static partial void ReturnFailed(ILogger logger, string engine, Exception exception);

    [LoggerMessage(EventIds.NotBegunAnew, LogLevel.Warning,
        "Engine '{Engine}': after the outage no new pool could be set up, so the old one is used on.")]
    public static partial void NotBegunAnew(ILogger logger, string engine, Exception exception);
}
