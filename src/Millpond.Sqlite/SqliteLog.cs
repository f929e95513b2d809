using Microsoft.Extensions.Logging;

namespace Millpond.Sqlite;

/// <summary>The log messages of the SQLite provider: event ids 1800 to 1899.</summary>
internal static partial class SqliteLog
{
    [LoggerMessage(1800, LogLevel.Information,
        "Engine '{Engine}': synchronous is {Synchronous}, so a power failure can lose acknowledged commits. The " +
        "default is full.")]
    public static partial void LessDurable(ILogger logger, string engine, string synchronous);

    [LoggerMessage(1801, LogLevel.Warning,
        "Engine '{Engine}': the in-memory database was closed and its data lost, because a session left its connection " +
        "in an unknown state.")]
    public static partial void MemoryLost(ILogger logger, string engine);

    [LoggerMessage(1802, LogLevel.Warning, "Engine '{Engine}': closing a connection to {File} failed.")]
    public static partial void CloseFailed(ILogger logger, string engine, string file, Exception exception);
}
