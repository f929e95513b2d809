using Grpc.AspNetCore.Server;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Millpond.Grpc;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives gRPC calls their database sessions.</summary>
public static class MillpondGrpcExtensions
{
    /// <summary>Commits the sessions of a gRPC call whose status is OK, before the answer is sent, and rolls them back
    /// otherwise.</summary>
    /// <param name="builder">What <c>AddGrpc</c> returned.</param>
    /// <returns>The same.</returns>
    /// <remarks>
    /// <para>It is needed in addition to <c>app.UseMillpond()</c>, which stands in front of the endpoints. Inject
    /// <c>DbSession</c> into the service's constructor.</para>
    /// <para>A unary call and a client's stream commit before their answer. A server's stream commits with its first message
    /// and only reads from then on, or at its end where the first message comes out of an open reader.
    /// Errors of sessions become statuses that a client can act on: UNAVAILABLE, ABORTED, FAILED_PRECONDITION, UNKNOWN,
    /// INTERNAL, with the code in the trailer <c>millpond-code</c>. Calls are not retried by <c>Retries</c>.</para>
    /// </remarks>
    public static IGrpcServerBuilder AddMillpond(this IGrpcServerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<SessionInterceptor>();
        builder.Services.Configure<GrpcServiceOptions>(static options => options.Interceptors.Add<SessionInterceptor>());
        return builder;
    }
}
