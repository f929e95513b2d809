using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.Engine;

/// <summary>The log messages of engines.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(EventIds.EngineDrained, LogLevel.Debug, "Engine '{Engine}' has shut down: all sessions have ended and all " +
        "connections are closed.")]
    public static partial void Drained(ILogger logger, string engine);

    [LoggerMessage(EventIds.DrainCutShort, LogLevel.Warning,
        "Engine '{Engine}': {Holders} sessions were still open at the end of the shutdown timeout and are rolled back.")]
    public static partial void DrainCutShort(ILogger logger, string engine, int holders);

    [LoggerMessage(EventIds.RefillFailed, LogLevel.Debug, "Engine '{Engine}': refilling the pool after a lost connection " +
        "failed.")]
    public static partial void RefillFailed(ILogger logger, string engine, Exception exception);

    [LoggerMessage(EventIds.PoolTooLarge, LogLevel.Warning,
        "The server may refuse connections of engine '{Engine}': {Advice}")]
    public static partial void PoolTooLarge(ILogger logger, string engine, string advice);

    [LoggerMessage(EventIds.PoolFitsAgain, LogLevel.Information,
        "Engine '{Engine}' fits the server's connection limit again: {Arithmetic}.")]
    public static partial void PoolFitsAgain(ILogger logger, string engine, string arithmetic);

    [LoggerMessage(EventIds.PoolerBetween, LogLevel.Information,
        "Engine '{Engine}' connects through a pooler (such as PgBouncer), so the pooler's connection limit applies instead of " +
        "the server's. {Note}")]
    public static partial void PoolerBetween(ILogger logger, string engine, string? note);

    [LoggerMessage(EventIds.LimitsUnread, LogLevel.Debug, "Engine '{Engine}': the server's limit could not be read.")]
    public static partial void LimitsUnread(ILogger logger, string engine, Exception exception);

    [LoggerMessage(EventIds.ServerFull, LogLevel.Warning, "The server refused a connection of engine '{Engine}': {Reason}")]
    public static partial void ServerFull(ILogger logger, string engine, string reason);
}
