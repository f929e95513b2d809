using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Responses;

/// <summary>The status of a gRPC call. The HTTP status does not show it, because it is 200 for a failed call too.</summary>
/// <remarks>Also applies without Millpond's interceptor, and if the server ends a call at its deadline while its handler still
/// runs.</remarks>
internal static class GrpcStatus
{
    private const string Header = "grpc-status";
    private const string Ok = "0";

    /// <summary>Returns whether a response belongs to a gRPC call.</summary>
    public static bool IsOf(HttpResponse response) =>
        response.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Finds the status of a failed call.</summary>
    /// <returns>Null if it is not a call, has not ended, or succeeded.</returns>
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
