using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Millpond.AspNetCore.LivePage;

/// <summary>Decides who may read the live page.</summary>
internal static class LivePageAccess
{
    // What a reverse proxy on this machine adds. ForwardedHeadersMiddleware renames some of them.
    private static readonly string[] ProxyHeaders = ["Forwarded", "Via", "X-Real-IP"];
    private static readonly string[] ProxyPrefixes = ["X-Forwarded-", "X-Original-"];

    /// <summary>Fails if a live page is mapped without a decision on who may read it.</summary>
    /// <exception cref="InvalidOperationException">A page outside Development has no policy.</exception>
    public static void Check(IEnumerable<EndpointDataSource> sources, bool isDevelopment)
    {
        var open = isDevelopment ? null : sources.SelectMany(static one => one.Endpoints)
            .FirstOrDefault(static one => one.Metadata.GetMetadata<LivePageMark>() is not null && !IsDecided(one));
        if (open is not null)
        {
            throw new InvalidOperationException(
                $"MapMillpond(\"{open.Metadata.GetMetadata<LivePageMark>()!.Pattern}\") has no authorization policy, and this " +
                "is not the Development environment. Call .RequireAuthorization(…) on it, or .AllowUnauthenticated() if a " +
                "network rule already decides who can reach it.");
        }
    }

    /// <summary>Returns why a request may not read the page; null if it may.</summary>
    public static string? Refusal(HttpContext context, bool isDevelopment)
    {
        if (context.GetEndpoint() is { } endpoint && IsDecided(endpoint))
        {
            return null;   // the authorization middleware has let it pass
        }

        if (!isDevelopment)
        {
            return "This page needs an authorization policy.";
        }

        return context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
            && IsLocalhost(context.Request.Host.Host)
            && !context.Request.Headers.Keys.Any(IsFromProxy)
                ? null
                : "Without an authorization policy this page answers only to this machine, as http://localhost, without " +
                    "a proxy.";
    }

    private static bool IsDecided(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<UnauthenticatedAccess>() is not null
        || (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
            && (endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null
                || endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is not null));

    /// <remarks>Another name may be one that an attacker resolves to this machine (DNS rebinding).</remarks>
    private static bool IsLocalhost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static bool IsFromProxy(string header) =>
        ProxyHeaders.Contains(header, StringComparer.OrdinalIgnoreCase)
        || ProxyPrefixes.Any(prefix => header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
