using Microsoft.AspNetCore.Builder;
using Millpond.AspNetCore.LivePage;

namespace Millpond;

/// <summary>Configures the endpoints of the live page. <c>RequireAuthorization</c> works on it.</summary>
public sealed class LivePageConventionBuilder : IEndpointConventionBuilder
{
    private readonly IEndpointConventionBuilder _endpoints;

    internal LivePageConventionBuilder(IEndpointConventionBuilder endpoints) => _endpoints = endpoints;

    /// <inheritdoc/>
    public void Add(Action<EndpointBuilder> convention) => _endpoints.Add(convention);

    /// <inheritdoc/>
    public void Finally(Action<EndpointBuilder> finallyConvention) => _endpoints.Finally(finallyConvention);

    /// <summary>Lets everyone who can reach the service read the page, in every environment.</summary>
    /// <returns>This builder.</returns>
    /// <remarks>The page shows routes, statements without their values, and addresses of databases. Call this only if something
    /// else decides who reaches it, such as a network rule.</remarks>
    public LivePageConventionBuilder AllowUnauthenticated() => this.WithMetadata(new UnauthenticatedAccess());
}
