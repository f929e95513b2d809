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

/// <summary>The tries of one request whose endpoint has <c>Retries</c> (S17).</summary>
/// <remarks>Everything inside <c>UseMillpond</c> runs again, not the endpoint alone: what stands in between has undone its part
/// when the failure passed it (a decompressed body, a request's time limit), and has read with the session that was rolled
/// back.</remarks>
internal sealed class RequestRun(HttpContext context, RequestDelegate next, MillpondRequestOptions options, ILogger logger)
{
    private const string UsedServices =
        "scoped services of the request were used before UseMillpond, and a retry would lose their state. Put UseMillpond " +
        "before the middleware that uses them, or set its CopyServiceState";

    private static readonly ConditionalWeakTable<Endpoint, object> Warned = [];

    private readonly RetryRun _run = new();
    private readonly IServiceProvider _services = context.RequestServices;

    /// <param name="scope">The sessions of the request's own services, which the first try uses.</param>
    /// <param name="usesServices">Whether these services were used before.</param>
    public async Task RunAsync(SessionScope scope, bool usesServices)
    {
        var isOnly = usesServices && options.CopyServiceState is null;
        if (isOnly && context.GetEndpoint() is { } endpoint && Warned.TryAdd(endpoint, endpoint.GetType()))
        {
            RequestLog.NeverRetried(logger, endpoint.DisplayName, UsedServices);
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
                await RequestTry.RunAsync(context, next, response, scope, _run, options, logger).ConfigureAwait(false);
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

    /// <summary>Returns for a further try. Throws where there is none.</summary>
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
            RequestTry.NoteGone(context, left);
            throw;
        }

        var told = _run.FinalError(error, sessions);
        await scope.BeginAgainAsync(RequestOrigin.NameOf(context)).ConfigureAwait(false);
        ExceptionDispatchInfo.Throw(told);
    }

    /// <summary>Gives the request new scoped services. They stay its own to the end, for callbacks that come late.</summary>
    private SessionScope RenewServices()
    {
        var services = _services.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        context.Response.RegisterForDisposeAsync(services);   // after the last byte, as the request's own
        options.CopyServiceState?.Invoke(_services, services.ServiceProvider);
        context.Features.Set<IServiceProvidersFeature>(
            new ServiceProvidersFeature { RequestServices = services.ServiceProvider });
        return services.ServiceProvider.GetRequiredService<SessionScope>();
    }
}
