using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Millpond.Leasing;

namespace Millpond.AspNetCore.Responses;

/// <summary>The origin of a request's session. Its name is built when it is read.</summary>
/// <remarks>It outlives the request, whose context the server reuses.</remarks>
internal sealed class RequestOrigin(HttpContext context) : SessionOrigin
{
    private readonly string _method = context.Request.Method;
    private readonly string _place = PlaceOf(context);
    private string? _name;

    public override string Operation => _name ??= Name(_method, _place);

    /// <summary>Names a request by its method and its endpoint's route, or by its path.</summary>
    public static string NameOf(HttpContext context) => Name(context.Request.Method, PlaceOf(context));

    private static string Name(string method, string place) =>
        place.StartsWith('/') ? $"{method} {place}" : $"{method} /{place}";

    /// <remarks>The path is escaped: a decoded line break would forge lines of the log.</remarks>
    private static string PlaceOf(HttpContext context) =>
        (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText
        ?? context.Request.PathBase.Add(context.Request.Path).ToUriComponent();
}
