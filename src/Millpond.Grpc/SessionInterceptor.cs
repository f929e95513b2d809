using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Millpond.Grpc;

/// <summary>Commits and rolls back the sessions of gRPC calls.</summary>
/// <remarks>
/// <para>gRPC responds to every call with HTTP status 200, so the status of the call decides: OK commits; any other status and
/// every exception roll back. Unary and client-streaming calls commit when their response is serialised and before it is sent.
/// Server-streaming calls commit with their first message and are read-only afterwards; if that message comes from an open
/// reader, they commit at the end.</para>
/// <para>Session errors reach the client as UNAVAILABLE (retry later), ABORTED (retry), FAILED_PRECONDITION (a constraint
/// failed), UNKNOWN (the outcome is unknown) or INTERNAL, with the error's code in the trailer <c>millpond-code</c>, and never
/// with SQL.</para>
/// <para>Calls are not retried (<c>Retries</c>), because gRPC has already reported the failure. Thread-safe.</para>
/// </remarks>
internal sealed class SessionInterceptor(ILogger<SessionInterceptor> logger) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunStreamAsync(context, () => continuation(request, Flushed(responseStream, context), context));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunStreamAsync(context, () => continuation(requestStream, responseStream, context));

    private static IServerStreamWriter<T> Flushed<T>(IServerStreamWriter<T> stream, ServerCallContext context) =>
        context.GetHttpContext() is var http && IsTranscoded(http) ? new CommittingWriter<T>(stream, http.Response) : stream;

    /// <summary>Returns whether a call came as JSON and is answered as JSON.</summary>
    private static bool IsTranscoded(HttpContext http) =>
        http.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true;

    private static string? StatusOf(ServerCallContext context) =>
        context.Status.StatusCode == StatusCode.OK ? null : $"the call had status {context.Status.StatusCode}";

    /// <summary>Runs a call that commits at its end, because no trailer may say OK before.</summary>
    private Task RunStreamAsync(ServerCallContext context, Func<Task> call) => RunAsync(context, async () =>
    {
        await call().ConfigureAwait(false);
        var http = context.GetHttpContext();
        if (context.Status.StatusCode == StatusCode.OK)
        {
            await (http.Features.Get<IRequestSessionsFeature>()?.CommitAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        }
        else if (IsTranscoded(http))
        {
            throw new RpcException(context.Status);   // otherwise the client would not see it
        }

        return true;
    });

    private async Task<T> RunAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        // Without UseMillpond nothing commits the sessions, so they are read-only and report it when a statement writes.
        var http = context.GetHttpContext();
        if (http.Features.Get<IRequestSessionsFeature>() is not { } sessions)
        {
            return await call().ConfigureAwait(false);
        }

        try
        {
            sessions.RollBackWhen(() => StatusOf(context));
            sessions.HandleFailedCommit(error => !IsTranscoded(http) && Answer(http, error, context, sessions));
            var answer = await call().ConfigureAwait(false);
            if (StatusOf(context) is { } failure)
            {
                await sessions.RollbackAsync(failure).ConfigureAwait(false);
            }

            return answer;
        }
        catch (Exception error)
        {
            await sessions.RollbackAsync("an exception left the call", error).ConfigureAwait(false);
            if (Find(error, context, sessions) is { } told)
            {
                throw told;
            }

            if (sessions.HasCommitted)
            {
                context.ResponseTrailers.Add(CallFailure.CommittedTrailer, "true");   // only the service decides its status
            }

            throw;
        }
    }

    /// <summary>Responds to a commit that failed after gRPC had ended the call, when nothing was sent.</summary>
    private bool Answer(HttpContext http, Exception error, ServerCallContext context, IRequestSessionsFeature sessions)
    {
        var failure = Find(error, context, sessions) ?? new RpcException(new Status(StatusCode.Unknown, "The commit failed."));
        if (http.Features.Get<IHttpResponseTrailersFeature>() is not { Trailers: { IsReadOnly: false } trailers })
        {
            return false;
        }

        trailers["grpc-status"] = ((int)failure.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        trailers["grpc-message"] = Uri.EscapeDataString(failure.Status.Detail);
        foreach (var entry in failure.Trailers)
        {
            trailers[entry.Key] = entry.Value;
        }

        return true;
    }

    private RpcException? Find(Exception error, ServerCallContext context, IRequestSessionsFeature sessions)
    {
        var failure = CallFailure.Find(error, sessions.HasCommitted);
        if (failure is { StatusCode: StatusCode.Internal or StatusCode.Unknown })
        {
            CallLog.CallFailed(logger, context.Method, failure.StatusCode.ToString(), error);
        }

        return failure;
    }
}
