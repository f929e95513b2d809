using Millpond.AspNetCore.Errors;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Answers Millpond's errors over HTTP.</summary>
public static class MillpondProblemDetailsExtensions
{
    /// <summary>
    /// Adds an exception handler that turns Millpond's errors into ProblemDetails with the right status, <c>Retry-After</c>, and
    /// a stable <c>code</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <returns>The services.</returns>
    /// <remarks>
    /// <para>It works inside <c>app.UseExceptionHandler()</c>, which stands outside <c>UseMillpond</c>. Without either, each of
    /// these errors is a plain 500.</para>
    /// <para>A pool's timeout, a session's timeout, a refused session, an unreachable database and a conflict of transactions are
    /// 503 with <c>Retry-After</c>; a constraint that refused the commit is 409; an unknown outcome of a commit is 500 with
    /// <c>outcome</c>; all others are 500. Every error after a commit of the request is 500 with <c>committed</c>, and never
    /// invites a retry. The answer never contains SQL or the database's own message; the log does. Its content type is
    /// <c>application/problem+json</c> whatever the request accepts; <c>CustomizeProblemDetails</c> applies.</para>
    /// </remarks>
    public static IServiceCollection AddMillpondProblemDetails(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddProblemDetails();
        return services.AddExceptionHandler<SessionExceptionHandler>();
    }
}
