using Microsoft.Extensions.Logging;
using Npgsql;

namespace Millpond.PostgreSql.Pool;

/// <summary>The log messages of the PostgreSQL provider: event ids 1900 to 1999.</summary>
internal static partial class PostgreSqlLog
{
    /// <summary>Logs notices of the server: warnings as such, all others at level Debug.</summary>
    public static void Noticed(ILogger logger, string engine, PostgresNotice notice)
    {
        var level = notice.InvariantSeverity == "WARNING" ? LogLevel.Warning : LogLevel.Debug;
        Noticed(logger, level, engine, notice.Severity, notice.SqlState, notice.MessageText);
    }

    [LoggerMessage(1901, LogLevel.Warning,
        "Listening on channel '{Channel}' was interrupted ({Cause}) and resumes with the next connection. Notifications sent " +
        "in the meantime are lost.")]
    public static partial void ListeningInterrupted(ILogger logger, string channel, string cause);

    [LoggerMessage(EventId = 1900, Message = "Engine '{Engine}': the server says {Severity} {SqlState}: {Text}")]
    private static partial void Noticed(
        ILogger logger, LogLevel level, string engine, string severity, string sqlState, string text);
}
