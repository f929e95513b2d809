using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace Millpond.AspNetCore.Replays;

/// <summary>The state of a request and its response before the first attempt, restored before a retry (S17).</summary>
/// <remarks>Covers the features (a parsed form, an authenticated user) and changes inside features that stay.</remarks>
internal sealed class RequestState
{
    private readonly HttpContext _context;
    private readonly Dictionary<Type, object> _features;
    private readonly Endpoint? _endpoint;
    private readonly RouteValueDictionary? _routeValues;
    private readonly KeyValuePair<object, object?>[]? _items;
    private readonly ClaimsPrincipal? _user;
    private readonly (string Method, PathString PathBase, PathString Path, QueryString Query) _line;
    private readonly KeyValuePair<string, StringValues>[] _requestHeaders;
    private readonly (int Status, string? Reason) _status;
    private readonly KeyValuePair<string, StringValues>[] _responseHeaders;

    private RequestState(HttpContext context)
    {
        var features = context.Features;
        var (request, response) = (context.Request, context.Response);
        _context = context;
        _features = new Dictionary<Type, object>(features);
        _endpoint = context.GetEndpoint();
        _routeValues = features.Get<IRouteValuesFeature>() is { } routed ? new RouteValueDictionary(routed.RouteValues) : null;
        _items = features.Get<IItemsFeature>() is { } kept ? [.. kept.Items] : null;
        _user = features.Get<IHttpAuthenticationFeature>()?.User;
        _line = (request.Method, request.PathBase, request.Path, request.QueryString);
        _requestHeaders = [.. request.Headers];
        _status = (response.StatusCode, features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase);
        _responseHeaders = [.. response.Headers];
    }

    public static RequestState Of(HttpContext context) => new(context);

    public void Restore()
    {
        RestoreFeatures();
        var features = _context.Features;
        var (request, response) = (_context.Request, _context.Response);
        _context.SetEndpoint(_endpoint);
        if (_routeValues is not null)
        {
            features.GetRequiredFeature<IRouteValuesFeature>().RouteValues = new RouteValueDictionary(_routeValues);
        }

        if (_items is not null)
        {
            var items = _context.Items;
            items.Clear();
            Array.ForEach(_items, items.Add);
        }

        if (features.Get<IHttpAuthenticationFeature>() is { } authentication)
        {
            authentication.User = _user;
        }

        (request.Method, request.PathBase, request.Path, request.QueryString) = _line;
        Restore(request.Headers, _requestHeaders);
        response.StatusCode = _status.Status;
        features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = _status.Reason;
        Restore(response.Headers, _responseHeaders);
        if (features.Get<IHttpResponseTrailersFeature>() is { Trailers: { IsReadOnly: false } trailers })
        {
            trailers.Clear();
        }
    }

    public static void Restore(IHeaderDictionary headers, KeyValuePair<string, StringValues>[] before)
    {
        var names = before.Select(static one => one.Key);
        foreach (var name in headers.Keys.Except(names, StringComparer.OrdinalIgnoreCase).ToArray())
        {
            headers.Remove(name);
        }

        foreach (var (name, value) in before)
        {
            if (headers[name] != value)
            {
                headers[name] = value;
            }
        }
    }

    private void RestoreFeatures()
    {
        foreach (var (type, feature) in _context.Features.ToArray())
        {
            var before = _features.GetValueOrDefault(type);
            if (!ReferenceEquals(before, feature))
            {
                _context.Features[type] = before;
            }
        }

        foreach (var (type, before) in _features)
        {
            _context.Features[type] ??= before;   // a feature that was removed
        }
    }
}
