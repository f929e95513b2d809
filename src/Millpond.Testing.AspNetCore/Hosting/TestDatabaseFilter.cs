using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Millpond.Testing.AspNetCore.Hosting;

/// <summary>Finds out, before anything else of the pipeline, which test a request belongs to.</summary>
internal sealed class TestDatabaseFilter(TestDatabaseRoutes routes) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, rest) =>
        {
            routes.OfRequest = routes.Find(context.Request.Headers[TestDatabaseRoutes.Header]);
            await rest(context).ConfigureAwait(false);
        });
        next(app);
    };
}
