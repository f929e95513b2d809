using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.AspNetCore.Replays;
using Millpond.AspNetCore.Responses;
using Millpond.Hosting;
using Millpond.Sessions;

namespace Millpond.AspNetCore.Requests;

/// <summary>The attempts of a request whose endpoint has <c>Retries</c> (S17).</summary>
/// <remarks>Everything inside <c>UseMillpond</c> runs again, not only the endpoint: middleware in between has reverted its
/// changes when the exception passed it (a decompressed body, a request timeout), and may have read with the session that was
/// rolled back.</remarks>
internal sealed class RequestRun(HttpContext context, RequestDelegate next, MillpondRequestOptions options, ILogger logger)
{
    private const string UsedServices =
        "scoped services of the request were used before UseMillpond, and a retry would lose their state. Put UseMillpond " +
        "before the middleware that uses them, or set its CopyServiceState";

    private static readonly ConditionalWeakTable<Endpoint, object> Warned = [];

    private readonly RetryRun _run = new();
    private readonly IServiceProvider _services = context.RequestServices;

    /// <param name="scope">The sessions of the request's own services, used by the first attempt.</param>
    /// <param name="usesServices">Whether these services were used before.</param>
    public async Task RunAsync(SessionScope scope, bool usesServices)
    {
        var isOnly = usesServices && options.CopyServiceState is null;
        if (isOnly && context.GetEndpoint() is { } endpoint && Warned.TryAdd(endpoint, endpoint.GetType()))
        {
            RequestLog.RetryImpossible(logger, endpoint.DisplayName, UsedServices);
        }

        var before = isOnly ? null : RequestState.Of(context);
        var server = context.Features.GetRequiredFeature<IHttpResponseFeature>();
        using var body = isOnly ? null : RequestReplay.Of(context.Request, options.RetryBodyLimit);
        while (true)
        {
            body?.Begin();
            var response = new HeldResponse(server);
            try
            {
                await RequestAttempt.RunAsync(context, next, response, scope, _run, options, logger).ConfigureAwait(false);
                return;
            }
            catch (Exception error)
            {
                await DecideAsync(error, scope, isOnly ? UsedServices : body?.Obstacle).ConfigureAwait(false);
            }

            response.GiveUp();
            before?.Restore();
            scope = RenewServices();
        }
    }

    /// <summary>Returns if the request is retried. Otherwise throws.</summary>
    private async Task DecideAsync(Exception error, SessionScope scope, string? obstacle)
    {
        var sessions = scope.Sessions;
        obstacle = context.Response.HasStarted ? "its response had started" : obstacle;
        try
        {
            if (await _run.ShouldRetryAsync(error, sessions, obstacle, context.RequestAborted).ConfigureAwait(false))
            {
                return;
            }
        }
        catch (OperationCanceledException left)
        {
            RequestAttempt.NoteDisconnected(context, left);
            throw;
        }

        var told = _run.FinalError(error, sessions);
        await scope.BeginAgainAsync(RequestOrigin.NameOf(context)).ConfigureAwait(false);
        ExceptionDispatchInfo.Throw(told);
    }

    /// <summary>Gives the request new scoped services, which stay until its end for late callbacks.</summary>
    private SessionScope RenewServices()
    {
        var services = _services.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        context.Response.RegisterForDisposeAsync(services);   // disposed after the last byte, like the request's own services
        options.CopyServiceState?.Invoke(_services, services.ServiceProvider);
        context.Features.Set<IServiceProvidersFeature>(
            new ServiceProvidersFeature { RequestServices = services.ServiceProvider });
        return services.ServiceProvider.GetRequiredService<SessionScope>();
    }
}
