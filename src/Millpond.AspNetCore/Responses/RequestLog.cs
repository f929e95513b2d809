using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.AspNetCore.Responses;

/// <summary>The log messages of requests.</summary>
internal static partial class RequestLog
{
    [LoggerMessage(EventIds.CommitFailureSwallowed, LogLevel.Warning,
        "{Operation} caught the failure of its own commit and left the status at {Status}. The failure is thrown again, and " +
        "nothing of the response is sent. Do not swallow it, or answer with a status of 400 or more.")]
    public static partial void CommitFailureSwallowed(ILogger logger, string operation, int status, Exception failure);

    [LoggerMessage(EventIds.ClientStalled, LogLevel.Warning,
        "The client of {Operation} took less than {Bytes} bytes of the response in {LimitSeconds} s while others waited for " +
        "its connection, so the request was aborted. Load the rows before they are sent, or raise StallTimeout of UseMillpond.")]
    public static partial void ClientStalled(ILogger logger, string operation, int bytes, double limitSeconds);

    [LoggerMessage(EventIds.ResponseCutOff, LogLevel.Error,
        "The response of {Operation} was cut off: it had begun while a reader was open, and its session could not be committed " +
        "at its end.")]
    public static partial void ResponseCutOff(ILogger logger, string operation, Exception failure);

    [LoggerMessage(EventIds.RolledBackByStatus, LogLevel.Information,
        "{Operation} wrote and then answered {Status}, so its session was rolled back. If that is intended, add " +
        ".CommitWhen(status => status < 400) to the endpoint; to keep the work, add .CommitWhen(_ => true). (Logged " +
        "once for this endpoint.)")]
    public static partial void RolledBackByStatus(ILogger logger, string operation, int status);

    [LoggerMessage(EventIds.NeverRetried, LogLevel.Warning,
        "{Endpoint} has Retries and is not retried: {Obstacle}. (Logged once for this endpoint.)")]
    public static partial void NeverRetried(ILogger logger, string? endpoint, string obstacle);
}
