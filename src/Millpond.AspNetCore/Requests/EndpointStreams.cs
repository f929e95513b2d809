using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.Controllers;

namespace Millpond.AspNetCore.Requests;

/// <summary>
/// Which endpoints declare a result that is read while it is written: <c>IAsyncEnumerable</c>, bare or inside <c>Ok</c>,
/// <c>ActionResult</c> and their kin, and server-sent events (S09).
/// </summary>
/// <remarks>Asked once for each endpoint. Thread-safe.</remarks>
internal static class EndpointStreams
{
    private static readonly ConditionalWeakTable<Endpoint, StrongBox<bool>> Known = [];

    /// <param name="endpoint">Null: not known yet.</param>
    public static bool Stream(Endpoint? endpoint) =>
        endpoint is not null && Known.GetValue(endpoint, static asked => new StrongBox<bool>(Ask(asked))).Value;

    private static bool Ask(Endpoint endpoint)
    {
        var method = endpoint.Metadata.GetMetadata<ControllerActionDescriptor>()?.MethodInfo
            ?? endpoint.Metadata.GetMetadata<MethodInfo>();
        return (method is not null && StreamedType.Is(method.ReturnType))
            || endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>().Any(Produces);
    }

    private static bool Produces(IProducesResponseTypeMetadata metadata) =>
        (metadata.Type is { } type && StreamedType.Is(type)) || metadata.ContentTypes.Contains("text/event-stream");
}
