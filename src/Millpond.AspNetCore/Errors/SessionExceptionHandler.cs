using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Millpond.AspNetCore.Errors;

/// <summary>Handles the errors in <see cref="ProblemTable"/> and leaves all others to other handlers.</summary>
/// <remarks>It does not use the framework's writer, which writes nothing if the client does not accept JSON.</remarks>
internal sealed class SessionExceptionHandler(
    IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions> json,
    IOptions<ProblemDetailsOptions> options,
    ILogger<SessionExceptionHandler> logger) : IExceptionHandler
{
    private const string ContentType = "application/problem+json";

    private readonly RejectionLogRate _rejections = new(TimeProvider.System);

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (MillpondProblem.Find(httpContext, exception) is not { } problem)
        {
            return false;
        }

        Log(httpContext, problem, exception);
        var response = httpContext.Response;
        response.StatusCode = problem.Status;
        if (problem.RetryAfter is { } pause)
        {
            response.Headers.RetryAfter = pause.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        }

        var details = Describe(httpContext, problem);
        options.Value.CustomizeProblemDetails?.Invoke(new ProblemDetailsContext
        {
            HttpContext = httpContext,
            ProblemDetails = details,
            Exception = exception,
        });
        response.StatusCode = details.Status ?? problem.Status;
        var typeInfo = json.Value.SerializerOptions.GetTypeInfo(typeof(ProblemDetails));
        try
        {
            await response.WriteAsJsonAsync(details, typeInfo, ContentType, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
        {
            // The client has disconnected, so there is no response; the framework would log the error three times.
        }

        return true;
    }

    private static ProblemDetails Describe(HttpContext context, MillpondProblem problem)
    {
        var details = new ProblemDetails
        {
            Status = problem.Status,
            Title = problem.Title,
            Detail = problem.Detail,
        };
        if (problem.Code is not null)
        {
            details.Extensions["code"] = problem.Code;
        }

        if (problem.IsCommitted)
        {
            details.Extensions["committed"] = true;
        }

        if (problem.Outcome is { } outcome)
        {
            details.Extensions["outcome"] = JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString());
        }

        details.Extensions["traceId"] = Activity.Current?.Id ?? context.TraceIdentifier;
        return details;
    }

    /// <summary>Logs the error, because since .NET 10 the framework does not log an error that a handler has handled.</summary>
    private void Log(HttpContext context, MillpondProblem problem, Exception error)
    {
        var method = context.Request.Method;
        var path = new PathString(context.Features.Get<IExceptionHandlerPathFeature>()?.Path ?? context.Request.Path.Value)
            .ToUriComponent();   // escaped: a decoded line break would forge lines of the log
        switch (problem.Status)
        {
            case StatusCodes.Status409Conflict:
                ErrorLog.RequestConflicted(logger, method, path, error.Message);
                break;
            case StatusCodes.Status503ServiceUnavailable when _rejections.Next(out var others):
                if (others > 0)
                {
                    ErrorLog.MoreRequestsRejected(logger, others);
                }

                ErrorLog.RequestRejected(logger, method, path, error.Message);
                break;
            case StatusCodes.Status503ServiceUnavailable:
                break;   // counted, and logged with the next message
            default:
                ErrorLog.RequestFailed(logger, method, path, error);
                break;
        }
    }
}
