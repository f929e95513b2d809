using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.AspNetCore.Endpoints;
using Millpond.AspNetCore.Responses;
using Millpond.Hosting;

namespace Millpond.AspNetCore.Requests;

/// <summary>Manages the sessions of a request: buffers the response until they are committed (S02 to S08), and retries the
/// request if its endpoint allows it (S17).</summary>
internal sealed class SessionMiddleware(
    RequestDelegate next, IServiceProvider services, MillpondRequestOptions options, ILogger<SessionMiddleware> logger)
{
    private readonly EndpointRetries _retries = new(services);
    private int _isRoutingChecked;

    public Task InvokeAsync(HttpContext context)
    {
        var usesServices = context.Features.Get<IServiceProvidersFeature>() is not null;   // created when first used
        var endpoint = context.GetEndpoint();
        if (endpoint is null && _isRoutingChecked == 0)
        {
            CheckRouting();
        }

        var scope = context.RequestServices.GetRequiredService<SessionScope>();
        if (endpoint?.Metadata.GetMetadata<ISessionMetadata>() is WithoutSessionAttribute)
        {
            scope.Bypass(RequestOrigin.NameOf(context), "the endpoint is marked WithoutSession");
            return next(context);
        }

        return scope.IsManaged ? next(context)
            : _retries.Of(endpoint) == 0
            ? RequestAttempt.RunAsync(context, next, response: null, scope, run: null, options, logger)
            : new RequestRun(context, next, options, logger).RunAsync(scope, usesServices);
    }

    /// <summary>Warns once of session attributes that MVC without endpoints ignores.</summary>
    private void CheckRouting()
    {
        if (Interlocked.Exchange(ref _isRoutingChecked, 1) == 0 && LegacyRouting.FindIgnoredAttribute(services) is { } action)
        {
            RequestLog.AttributeIgnored(logger, action);
        }
    }
}
