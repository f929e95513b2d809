using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millpond;
using Millpond.AspNetCore.LivePage;
using Millpond.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds the live page.</summary>
public static class MillpondEndpointRouteBuilderExtensions
{
    /// <summary>Maps a page that shows who holds the connections of the host's engines, who waits, and what to do.</summary>
    /// <param name="endpoints">The application, or a group of its endpoints.</param>
    /// <param name="pattern">The page's route. Below it are <c>snapshot.json</c>, <c>events</c>, <c>black-box.json</c> and the
    /// page's files.</param>
    /// <returns>A builder for its endpoints, for <c>RequireAuthorization</c>.</returns>
    /// <remarks>
    /// <para>Without an authorization policy the page answers in the Development environment only, and only to this machine: the
    /// client's address is a loopback address, the <c>Host</c> is localhost, and no header comes from a proxy. In every other
    /// environment the host does not start unless the page has a policy or <see
    /// cref="LivePageConventionBuilder.AllowUnauthenticated"/> was called.</para>
    /// <para>The page changes nothing, and takes no connection from the pools it shows. It contains no parameter values, no
    /// connection strings, no claims and no query strings.</para>
    /// </remarks>
    /// <exception cref="InvalidOperationException">No engine was added with <c>AddMillpond</c>.</exception>
    public static LivePageConventionBuilder MapMillpond(this IEndpointRouteBuilder endpoints, string pattern = "/millpond")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var services = endpoints.ServiceProvider;
        var checks = services.GetService<StartChecks>() ?? throw new InvalidOperationException(
            "MapMillpond needs an engine: call builder.Services.AddMillpond(…) before it.");

        var isDevelopment = services.GetRequiredService<IHostEnvironment>().IsDevelopment();
        checks.Add(() => LivePageAccess.Check(services.GetServices<EndpointDataSource>(), isDevelopment));

        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var reader = new LiveReader(services, time);
        var feed = new LiveFeed(reader, time);
        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(feed.End);

        var page = new LivePageEndpoints(reader, feed, isDevelopment);
        var group = endpoints.MapGroup(pattern);
        group.MapGet("", (RequestDelegate)page.PageAsync);
        group.MapGet("snapshot.json", (RequestDelegate)page.SnapshotAsync);
        group.MapGet("events", (RequestDelegate)page.EventsAsync);
        group.MapGet("black-box.json", (RequestDelegate)page.BlackBoxAsync);
        group.MapGet("assets/{file}", (RequestDelegate)page.AssetAsync);
        group.WithMetadata(new LivePageMark(pattern)).WithoutSession().ExcludeFromDescription().DisableRequestTimeout()
            .CacheOutput(static policy => policy.NoCache());
        return new LivePageConventionBuilder(group);
    }
}
