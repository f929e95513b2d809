using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Hosting;

namespace Millpond.AspNetCore.Endpoints;

/// <summary>Determines how often an endpoint may be retried before any of its sessions is open: the largest of the engines'
/// defaults, changed by the endpoint's metadata (S17).</summary>
/// <remarks>Computed once per endpoint. It decides whether the request body is kept for a retry. Thread-safe.</remarks>
internal sealed class EndpointRetries(IServiceProvider services)
{
    private readonly ConditionalWeakTable<Endpoint, StrongBox<int>> _known = [];
    private readonly Lazy<DbSessionOptions> _defaults = new(() => LargestOf(services));

    /// <param name="endpoint">Null if routing has not run yet.</param>
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
