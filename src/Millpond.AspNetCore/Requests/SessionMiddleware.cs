using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.Hosting;
using Millpond.Sessions;

namespace Millpond.AspNetCore.Requests;

/// <summary>Keeps the sessions of a request: holds the response back until they are committed (S02 to S08).</summary>
internal sealed class SessionMiddleware(RequestDelegate next, ILogger<SessionMiddleware> logger)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<ISessionMetadata>() is WithoutSessionAttribute)
        {
            return next(context);
        }

        var scope = context.RequestServices.GetRequiredService<SessionScope>();
        return scope.IsKept ? next(context) : KeepAsync(context, scope);
    }

    private async Task KeepAsync(HttpContext context, SessionScope scope)
    {
        var inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var session = new RequestSession(context, scope, logger);
        var body = new HeldBody(inner, session);
        var flow = SessionFlow.Begin();   // before sessions are armed anew: they belong to it
        scope.Keep(session);
        context.Features.Set<IHttpResponseBodyFeature>(body);
        var upgrades = HeldUpgrades.Hold(context, body);
        try
        {
            await next(context).ConfigureAwait(false);
            await body.FinishAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await body.DiscardAsync(error).ConfigureAwait(false);
            var gone = error is OperationCanceledException && context.RequestAborted.IsCancellationRequested;
            if (gone && !context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }

            throw;
        }
        finally
        {
            upgrades?.Restore(context);
            context.Features.Set(inner);
            scope.Release();
            flow.End();
        }
    }
}
