using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Hosting;

namespace Millpond.AspNetCore.Endpoints;

/// <summary>
/// How often an endpoint may be tried again, asked before any of its sessions is open: the largest of the engines' defaults,
/// changed by what the endpoint says (S17).
/// </summary>
/// <remarks>Asked once for each endpoint: it decides whether a request is kept for a further try. Thread-safe.</remarks>
internal sealed class EndpointRetries(IServiceProvider services)
{
    private readonly ConditionalWeakTable<Endpoint, StrongBox<int>> _known = [];
    private readonly Lazy<DbSessionOptions> _defaults = new(() => LargestOf(services));

    /// <param name="endpoint">Null: not known yet.</param>
    public int Of(Endpoint? endpoint) =>
        endpoint is null ? _defaults.Value.Retries
        : _known.TryGetValue(endpoint, out var known) ? known.Value
        : Ask(endpoint);

    private static DbSessionOptions LargestOf(IServiceProvider services) =>
        services.GetServices<EngineRegistration>()
            .Select(one => services.GetRequiredKeyedService<DbEngine>(one.Name).SessionDefaults)
            .MaxBy(static defaults => defaults.Retries) ?? new DbSessionOptions();

    private int Ask(Endpoint endpoint)
    {
        var retries = DeclaredSettings.Apply(endpoint, _defaults.Value).Retries;
        _known.AddOrUpdate(endpoint, new StrongBox<int>(retries));
        return retries;
    }
}
