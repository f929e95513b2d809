using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Millpond.AspNetCore.Responses;
using Millpond.Hosting;
using Millpond.Leasing;
using Millpond.Sessions;

namespace Millpond.AspNetCore.Requests;

/// <summary>One attempt of a request, with its sessions, its buffered response and its flow, up to the commit point or the
/// failure.</summary>
internal static class RequestAttempt
{
    private const string Unforeseen =
        "UseMillpond could not read its Retries when the request began; call UseRouting before UseMillpond";

    public static async Task RunAsync(
        HttpContext context,
        RequestDelegate next,
        HeldResponse? response,
        SessionScope scope,
        RetryRun? run,
        MillpondRequestOptions options,
        ILogger logger)
    {
        var inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var server = context.Features.GetRequiredFeature<IHttpResponseFeature>();
        response ??= new HeldResponse(server);
        var session = new RequestSession(context, scope, run?.IsRetry ?? false, options.CommitWhen, logger);
        var body = new HeldBody(inner, session, response, options.StallTimeout);
        var flow = BeginFlow(context, session);   // before the sessions begin again, because they belong to the flow
        session.Flow = flow;
        await scope.ManageAsync(session).ConfigureAwait(false);
        context.Features.Set<IHttpResponseFeature>(response);
        context.Features.Set<IHttpResponseBodyFeature>(body);
        context.Features.Set<IRequestSessionsFeature>(body.Sessions);
        var upgrades = HeldUpgrades.Hold(context, body, session);
        try
        {
            await next(context).ConfigureAwait(false);
            await body.FinishAsync().ConfigureAwait(false);
            await session.AbandonAsync("the request ended").ConfigureAwait(false);
        }
        catch (Exception error)
        {
            run?.NoteEffects(flow);
            await body.DiscardAsync(error).ConfigureAwait(false);
            NoteDisconnected(context, error);
            if (run is null)
            {
                // Nothing was buffered for a retry. If a session would have allowed one, that is logged.
                await new RetryRun().ShouldRetryAsync(error, scope.Sessions, Unforeseen, default).ConfigureAwait(false);
                await scope.BeginAgainAsync(RequestOrigin.NameOf(context)).ConfigureAwait(false);
            }

            throw;
        }
        finally
        {
            upgrades?.Restore(context);
            context.Features.Set(server);
            context.Features.Set(inner);
            context.Features.Set<IRequestSessionsFeature>(null);
            NoteCommitted(context, session);
            scope.Release();
            flow?.End();
        }
    }

    /// <summary>Marks a request that has committed but not responded yet: a middleware outside may still fail (S23).</summary>
    private static void NoteCommitted(HttpContext context, RequestSession session)
    {
        if (session.HasCommitted && !context.Response.HasStarted)
        {
            context.Features.Set(new CommittedWork());
        }
    }

    /// <summary>A hub connection is not a flow of work. Its methods are, and they run concurrently inside its
    /// request.</summary>
    private static SessionFlow? BeginFlow(HttpContext context, RequestSession session) =>
        context.GetEndpoint()?.Metadata.GetMetadata<HubMetadata>() is null ? SessionFlow.Begin(session) : null;

    /// <summary>Sets the status of a request that failed because its client disconnected.</summary>
    public static void NoteDisconnected(HttpContext context, Exception error)
    {
        var gone = error is OperationCanceledException && context.RequestAborted.IsCancellationRequested;
        if (gone && !context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
    }
}
