using Microsoft.Extensions.Diagnostics.HealthChecks;
using Millpond;
using Millpond.Hosting.Health;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds an engine to the health checks.</summary>
public static class MillpondHealthChecksBuilderExtensions
{
    /// <summary>Adds a check of an engine and its database. The check is unhealthy if the database does not answer within 2 s
    /// or the engine is shutting down, and degraded if all connections are in use and callers wait, or if the server allows
    /// fewer connections than its workers may open.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="engine">The engine's name; null for the only engine, or the one named <c>default</c>.</param>
    /// <param name="name">The check's name; null for the engine's name, or <c>millpond</c>.</param>
    /// <param name="tags">The tags of the check.</param>
    /// <returns>The health checks.</returns>
    /// <remarks>The check takes no permit of the pool. A busy engine is not unhealthy, because restarting it would make things
    /// worse.</remarks>
    public static IHealthChecksBuilder AddMillpond(
        this IHealthChecksBuilder builder, string? engine = null, string? name = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name ?? engine ?? "millpond",
            services => new EngineHealthCheck(engine is null
                ? services.GetRequiredService<DbEngine>()
                : services.GetRequiredKeyedService<DbEngine>(engine)),
            failureStatus: null,
            tags));
    }
}
