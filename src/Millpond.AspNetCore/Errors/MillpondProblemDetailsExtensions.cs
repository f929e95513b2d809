using Millpond.AspNetCore.Errors;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds problem documents for Millpond's errors.</summary>
public static class MillpondProblemDetailsExtensions
{
    /// <summary>Adds an exception handler that turns Millpond's errors into problem documents with the appropriate status,
    /// <c>Retry-After</c>, and a stable <c>code</c>.</summary>
    /// <param name="services">The services.</param>
    /// <returns>The services.</returns>
    /// <remarks>
    /// <para>It requires <c>app.UseExceptionHandler()</c>, called before <c>UseMillpond</c>. Without either, each of these
    /// errors is a plain 500.</para>
    /// <para>A pool timeout, a session timeout, a rejected session, an unreachable database and a transaction conflict are 503
    /// with <c>Retry-After</c>. A constraint that rejected the commit is 409. An unknown commit outcome is 500 with
    /// <c>outcome</c>. All others are 500. After a commit of the request, every error is 500 with <c>committed</c> and without
    /// <c>Retry-After</c>. The response never contains SQL or the database's own message; the log does. Its content type is
    /// <c>application/problem+json</c>, whatever the request accepts. <c>CustomizeProblemDetails</c> applies.</para>
    /// </remarks>
    public static IServiceCollection AddMillpondProblemDetails(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddProblemDetails();
        return services.AddExceptionHandler<SessionExceptionHandler>();
    }
}
