using Microsoft.Extensions.Options;

namespace Millpond.Testing.AspNetCore.Hosting;

/// <summary>Gives the application's own engine a test database in the place of the configured one.</summary>
internal sealed class HostDatabase(TestDatabaseRoutes routes) : IPostConfigureOptions<EngineOptions>
{
    public void PostConfigure(string? name, EngineOptions options)
    {
        if (!string.IsNullOrEmpty(name) && routes.Serves(name))
        {
            options.ConnectionString = routes.Host.ConnectionString;
            (options.PoolSize, options.MaxOverflow) = (1, 4);
        }
    }
}
