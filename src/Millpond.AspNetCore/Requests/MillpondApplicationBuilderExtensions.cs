using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millpond;
using Millpond.AspNetCore.Requests;
using Millpond.AspNetCore.Responses;
using Millpond.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds database sessions to the request pipeline.</summary>
public static class MillpondApplicationBuilderExtensions
{
    /// <summary>Commits the request's session before the first byte of the response is sent, and rolls it back on any
    /// failure.</summary>
    /// <param name="app">The application.</param>
    /// <returns>The application.</returns>
    /// <remarks>
    /// <para>Call it after <c>UseExceptionHandler</c>, response compression and output caching, and before the endpoints. The
    /// response is buffered until the first flush. Then the session commits, its connection is returned, and the bytes are
    /// sent. If the commit fails, that write throws the original exception, and nothing of the response is sent.</para>
    /// <para>If earlier middleware uses the session, for example authentication that reads users, its session is read-only.
    /// That transaction ends here, and the endpoint's begins with the endpoint's options.</para>
    /// <para>A status of 400 or more rolls back; <c>CommitWhen</c> of an endpoint or of the options changes this.</para>
    /// <para>An endpoint with <c>Retries</c> is retried after a conflict with another transaction, a deadlock, or a connection
    /// lost before the commit: everything after this middleware runs again, with the original request, an empty response and
    /// new scoped services. Put what must run once per request, such as a rate limit, before this middleware. If scoped
    /// services were used before it, the request is not retried, because their state would be lost: see <see
    /// cref="MillpondRequestOptions.CopyServiceState"/>.</para>
    /// </remarks>
    /// <exception cref="InvalidOperationException">No engine was added with <c>AddMillpond</c>.</exception>
    public static IApplicationBuilder UseMillpond(this IApplicationBuilder app) => app.UseMillpond(static _ => { });

    /// <inheritdoc cref="UseMillpond(IApplicationBuilder)" path="/summary|/returns|/remarks|/exception"/>
    /// <param name="app">The application.</param>
    /// <param name="configure">Configures the options.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static IApplicationBuilder UseMillpond(this IApplicationBuilder app, Action<MillpondRequestOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(configure);
        var known = app.ApplicationServices.GetService<IServiceProviderIsService>();
        if (known?.IsService(typeof(SessionScope)) == false)
        {
            throw new InvalidOperationException("UseMillpond needs an engine: call builder.Services.AddMillpond(…) before it.");
        }

        var options = new MillpondRequestOptions();
        configure(options);
        options.Validate();
        if (app.ApplicationServices.GetService<IHttpContextAccessor>() is { } current)
        {
            app.ApplicationServices.GetRequiredService<ScopeNames>().Find = services => NameOf(services, current.HttpContext);
        }

        return app.UseMiddleware<SessionMiddleware>(options);
    }

    private static string? NameOf(IServiceProvider services, HttpContext? context) =>
        context is null ? null
        : ReferenceEquals(context.RequestServices, services) ? RequestOrigin.NameOf(context)
        : $"a service scope in {RequestOrigin.NameOf(context)}";
}
