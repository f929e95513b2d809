using Microsoft.Extensions.Diagnostics.HealthChecks;
using Millpond;
using Millpond.Hosting.Health;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds an engine to the health checks.</summary>
public static class MillpondHealthChecksBuilderExtensions
{
    /// <summary>Adds a check of an engine and its database: unhealthy when the database does not answer within 2 s or the
    /// engine shuts down, degraded when every connection is taken and callers wait, or when the server does not allow as many
    /// connections as its workers may want.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="engine">The engine's name; null: the single one, or the one named <c>default</c>.</param>
    /// <param name="name">The check's name; null: the engine's, or <c>millpond</c>.</param>
    /// <param name="tags">Tags to choose checks by.</param>
    /// <returns>The health checks.</returns>
    /// <remarks>
    /// It takes no permit of the pool, so a busy engine stays healthy: an orchestrator that restarts it would only make it
    /// worse.
    /// </remarks>
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
