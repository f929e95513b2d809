using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Bank.Health;

/// <summary>Liveness and readiness endpoints.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder bank)
    {
        bank = bank.MapGroup("").WithTags("Health");
        bank.MapGet("/health/live", () => new HealthState("live")).WithoutSession().WithSummary("Is the program alive?");
        bank.MapGet("/health/ready", CheckAsync).WithoutSession().WithSummary("Can the database be reached?")
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<Results<Ok<HealthState>, ProblemHttpResult>> CheckAsync(
        HealthCheckService checks, IHostEnvironment environment, CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(cancellationToken);
        return report.Status == HealthStatus.Unhealthy
            ? TypedResults.Problem("The database does not answer.", statusCode: StatusCodes.Status503ServiceUnavailable)
            : TypedResults.Ok(new HealthState("ready", Degraded(report, environment.IsDevelopment())));
    }

    /// <summary>Describes the problem, but without details outside Development, because they name roles and limits of the
    /// database.</summary>
    private static string? Degraded(HealthReport report, bool toDevelopers) => report.Status == HealthStatus.Healthy ? null
        : !toDevelopers ? "See the log."
        : string.Join(" ", report.Entries.Values.Where(one => one.Status != HealthStatus.Healthy).Select(one => one.Description));
}
