using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.AspNetCore.Errors;

/// <summary>The log messages of failed requests.</summary>
internal static partial class ErrorLog
{
    [LoggerMessage(EventIds.RequestFailed, LogLevel.Error, "{Method} {Path} failed with status 500.")]
    public static partial void RequestFailed(ILogger logger, string method, string path, Exception error);

    [LoggerMessage(EventIds.RequestRejected, LogLevel.Warning, "{Method} {Path} was rejected with status 503: {Reason}")]
    public static partial void RequestRejected(ILogger logger, string method, string path, string reason);

    [LoggerMessage(EventIds.MoreRequestsRejected, LogLevel.Warning,
        "{Count} more requests were rejected with status 503 since the last such message.")]
    public static partial void MoreRequestsRejected(ILogger logger, int count);

    [LoggerMessage(EventIds.RequestConflicted, LogLevel.Information,
        "{Method} {Path} failed with status 409, because a constraint rejected its commit: {Reason}")]
    public static partial void RequestConflicted(ILogger logger, string method, string path, string reason);
}
