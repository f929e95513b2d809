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
}
