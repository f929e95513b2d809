using Microsoft.Extensions.Logging;
using Millpond.Diagnostics;

namespace Millpond.AspNetCore.Responses;

/// <summary>The log messages of requests.</summary>
internal static partial class RequestLog
{
    [LoggerMessage(EventIds.CommitFailureSwallowed, LogLevel.Warning,
        "{Operation} caught the exception of its own commit and left the status at {Status}. The exception is thrown again, " +
        "and nothing of the response is sent. Do not swallow it, or set a status of 400 or more.")]
    public static partial void CommitFailureSwallowed(ILogger logger, string operation, int status, Exception failure);

    [LoggerMessage(EventIds.ClientStalled, LogLevel.Warning,
        "The client of {Operation} accepted less than {Bytes} bytes in {LimitSeconds} s while other sessions waited for its " +
        "connection, so the request was aborted. Load the rows before sending them, or raise StallTimeout of UseMillpond.")]
    public static partial void ClientStalled(ILogger logger, string operation, int bytes, double limitSeconds);

    [LoggerMessage(EventIds.ResponseAborted, LogLevel.Error,
        "The response of {Operation} was aborted: it had begun while a reader was open, and its session could not be committed " +
        "at its end.")]
    public static partial void ResponseAborted(ILogger logger, string operation, Exception failure);

    [LoggerMessage(EventIds.RolledBackByStatus, LogLevel.Information,
        "{Operation} wrote to the database and then returned {Status}, so its session was rolled back. If that is intended, " +
        "add .CommitWhen(status => status < 400) to the endpoint; to commit instead, add .CommitWhen(_ => true). (Logged once " +
        "per endpoint.)")]
    public static partial void RolledBackByStatus(ILogger logger, string operation, int status);

    [LoggerMessage(EventIds.RetryImpossible, LogLevel.Warning,
        "{Endpoint} has Retries but is not retried: {Obstacle}. (Logged once per endpoint.)")]
    public static partial void RetryImpossible(ILogger logger, string? endpoint, string obstacle);

    [LoggerMessage(EventIds.AttributeIgnored, LogLevel.Warning,
        "The session attribute of {Action} has no effect, because MVC runs with EnableEndpointRouting = false and its requests " +
        "have no endpoint. Use MapControllers instead of UseMvc, or set the options of all sessions in AddMillpond. (Logged " +
        "once.)")]
    public static partial void AttributeIgnored(ILogger logger, string action);
}
