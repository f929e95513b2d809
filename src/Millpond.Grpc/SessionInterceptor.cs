using Grpc.Core;
using Grpc.Core.Interceptors;
using Millpond.Hosting;

namespace Millpond.Grpc;

/// <summary>Commits and rolls back the sessions of gRPC calls.</summary>
/// <remarks>
/// <para>gRPC answers each call with HTTP's 200, so the status of the call decides: OK commits, any other and every exception
/// roll back. A unary call and a client's stream commit before their answer is sent. A stream of the server's commits with its
/// first message, and only reads from then on; one that sends none commits at its end.</para>
/// <para>What went wrong in a session reaches the client with a status it can act on: UNAVAILABLE (try again later), ABORTED (try
/// again), FAILED_PRECONDITION (the data is otherwise), UNKNOWN (nobody knows whether it was committed), INTERNAL; with the
/// error's code in the trailer <c>millpond-code</c>, and never with SQL.</para>
/// <para>A call is not tried again (<c>Retries</c>): gRPC has told its failure before anybody could. Thread-safe.</para>
/// </remarks>
internal sealed class SessionInterceptor : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        TResponse answer = null!;
        await RunAsync(context, async () => answer = await continuation(request, context).ConfigureAwait(false))
            .ConfigureAwait(false);
        return answer;
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        TResponse answer = null!;
        await RunAsync(context, async () => answer = await continuation(requestStream, context).ConfigureAwait(false))
            .ConfigureAwait(false);
        return answer;
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => continuation(request, responseStream, context));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        RunAsync(context, () => continuation(requestStream, responseStream, context));

    private static async Task RunAsync(ServerCallContext context, Func<Task> call)
    {
        // Without UseMillpond nobody keeps the sessions, so they only read, and say so when one writes.
        if (context.GetHttpContext().Features.Get<IRequestSessions>() is not { } sessions)
        {
            await call().ConfigureAwait(false);
            return;
        }

        try
        {
            await call().ConfigureAwait(false);
            await (context.Status.StatusCode == StatusCode.OK
                ? sessions.CommitAsync()
                : sessions.RollbackAsync($"its status was {context.Status.StatusCode}")).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            var cause = sessions.Explain(error);
            await sessions.RollbackAsync("an exception left the call", cause).ConfigureAwait(false);
            if (CallFailure.Find(cause) is { } told)
            {
                throw told;
            }

            throw;
        }
    }
}
