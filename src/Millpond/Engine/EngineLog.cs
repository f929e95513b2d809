using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.Engine;

/// <summary>The log messages of engines.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(EventIds.EngineDrained, LogLevel.Debug, "Engine '{Engine}' is drained: every session is over and every " +
        "connection closed.")]
    public static partial void Drained(ILogger logger, string engine);

    [LoggerMessage(EventIds.DrainCutShort, LogLevel.Warning,
        "Engine '{Engine}': {Holders} sessions were still open when the time to drain was up; they are rolled back.")]
    public static partial void DrainCutShort(ILogger logger, string engine, int holders);

    [LoggerMessage(EventIds.RefillFailed, LogLevel.Debug, "Engine '{Engine}': refilling the pool after a lost connection " +
        "failed.")]
    public static partial void RefillFailed(ILogger logger, string engine, Exception exception);

    [LoggerMessage(EventIds.PoolTooLarge, LogLevel.Warning,
        "Engine '{Engine}' may be refused connections by the server: {Advice}")]
    public static partial void PoolTooLarge(ILogger logger, string engine, string advice);

    [LoggerMessage(EventIds.PoolFitsAgain, LogLevel.Information, "Engine '{Engine}' fits the server again: {Arithmetic}.")]
    public static partial void PoolFitsAgain(ILogger logger, string engine, string arithmetic);

    [LoggerMessage(EventIds.PoolerBetween, LogLevel.Information,
        "A pooler (such as PgBouncer) stands between engine '{Engine}' and the server: the server's limit does not bound this " +
        "pool, the pooler's own does. {Note}")]
    public static partial void PoolerBetween(ILogger logger, string engine, string? note);

    [LoggerMessage(EventIds.LimitsUnread, LogLevel.Debug, "Engine '{Engine}': the server's limit could not be read.")]
    public static partial void LimitsUnread(ILogger logger, string engine, Exception exception);

    [LoggerMessage(EventIds.ServerFull, LogLevel.Warning, "Engine '{Engine}' was refused a connection: {Reason}")]
    public static partial void ServerFull(ILogger logger, string engine, string reason);
}
