using Grpc.AspNetCore.Server;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Millpond.Grpc;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds database sessions to gRPC calls.</summary>
public static class MillpondGrpcExtensions
{
    /// <summary>Commits the sessions of a gRPC call with status OK before its response is sent, and rolls them back
    /// otherwise.</summary>
    /// <param name="builder">The result of <c>AddGrpc</c>.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// <para>Call <c>app.UseMillpond()</c> as well, before the endpoints. Inject <c>DbSession</c> into the service's
    /// constructor.</para>
    /// <para>Unary and client-streaming calls commit before their response. Server-streaming calls commit with their first
    /// message and are read-only afterwards; if that message comes from an open reader, they commit at the end. Session errors
    /// become statuses: UNAVAILABLE, ABORTED, FAILED_PRECONDITION, UNKNOWN, INTERNAL, with the code in the trailer
    /// <c>millpond-code</c>. <c>Retries</c> does not apply to calls.</para>
    /// </remarks>
    public static IGrpcServerBuilder AddMillpond(this IGrpcServerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<SessionInterceptor>();
        builder.Services.Configure<GrpcServiceOptions>(static options => options.Interceptors.Add<SessionInterceptor>());
        return builder;
    }
}
