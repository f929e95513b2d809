using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Millpond.Grpc;

/// <summary>Commits and rolls back the sessions of gRPC calls.</summary>
/// <remarks>
/// <para>gRPC answers each call with HTTP's 200, so the status of the call decides: OK commits, any other and every exception
/// roll back. A unary call and a client's stream commit when their answer is serialised and before it is sent. A stream of the
/// server's commits with its first message and only reads from then on, or, where that message comes out of an open reader, at
/// its end.</para>
/// <para>What went wrong in a session reaches the client with a status it can act on: UNAVAILABLE (try again later), ABORTED (try
/// again), FAILED_PRECONDITION (the data is otherwise), UNKNOWN (nobody knows whether it was committed), INTERNAL; with the
/// error's code in the trailer <c>millpond-code</c>, and never with SQL.</para>
/// <para>A call is not tried again (<c>Retries</c>): gRPC has reported its failure before anybody could. Thread-safe.</para>
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

    /// <summary>Says whether a call came as JSON and is answered so.</summary>
    private static bool IsTranscoded(HttpContext http) =>
        http.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true;

    private static string? StatusOf(ServerCallContext context) =>
        context.Status.StatusCode == StatusCode.OK ? null : $"the call had status {context.Status.StatusCode}";

    /// <summary>Runs a call whose end commits, for no trailer may say OK before.</summary>
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
            throw new RpcException(context.Status);   // else its client would not hear of it
        }

        return true;
    });

    private async Task<T> RunAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        // Without UseMillpond nobody keeps the sessions, so they only read, and say so when one writes.
        var http = context.GetHttpContext();
        if (http.Features.Get<IRequestSessionsFeature>() is not { } sessions)
        {
            return await call().ConfigureAwait(false);
        }

        try
        {
            sessions.RollBackWhen(() => StatusOf(context));
            sessions.AnswerFailedCommit(error => !IsTranscoded(http) && Answer(http, error, context, sessions));
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
                context.ResponseTrailers.Add(CallFailure.CommittedTrailer, "true");   // its status is nobody's but the service's
            }

            throw;
        }
    }

    /// <summary>Answers a commit that failed when gRPC had ended the call, and nothing of it was sent.</summary>
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
