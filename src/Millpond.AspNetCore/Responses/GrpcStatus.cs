using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Responses;

/// <summary>What a gRPC call ended with, which HTTP's status does not show: that is 200 also for a call that failed.</summary>
/// <remarks>Also where nobody added Millpond's interceptor, and where the server ends a call whose handler still runs, at its
/// deadline.</remarks>
internal static class GrpcStatus
{
    private const string Header = "grpc-status";
    private const string Ok = "0";

    /// <summary>Says whether a response is a gRPC call's.</summary>
    public static bool IsOf(HttpResponse response) =>
        response.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Finds the status of a call that failed.</summary>
    /// <returns>Null: no call, none that has ended, or one that succeeded.</returns>
    public static string? OfFailure(HttpResponse response)
    {
        if (!IsOf(response))
        {
            return null;
        }

        var status = response.Headers[Header];
        if (status.Count == 0)
        {
            status = response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers[Header] ?? default;
        }

        return status.Count == 0 || status == Ok ? null : status.ToString();
    }
}
