using Microsoft.Extensions.Logging;

namespace Millpond.Sqlite;

/// <summary>The log messages of the SQLite provider: event ids 1700 to 1799.</summary>
internal static partial class SqliteLog
{
    [LoggerMessage(1700, LogLevel.Information,
        "Engine '{Engine}': synchronous is {Synchronous}, so commits that were answered may be lost in a power cut. " +
        "The default is full.")]
    public static partial void LessDurable(ILogger logger, string engine, string synchronous);

    [LoggerMessage(1701, LogLevel.Warning,
        "Engine '{Engine}': the database in memory is closed, and its data lost, because a session left its connection " +
        "in doubt.")]
    public static partial void MemoryLost(ILogger logger, string engine);

    [LoggerMessage(1702, LogLevel.Warning, "Engine '{Engine}': closing a connection to {File} failed.")]
    public static partial void CloseFailed(ILogger logger, string engine, string file, Exception exception);
}
