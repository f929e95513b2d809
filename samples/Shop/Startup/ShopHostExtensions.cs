namespace Shop.Startup;

/// <summary>Configures the server's limits and the host.</summary>
internal static class ShopHostExtensions
{
    public static ShopHost AddShopHost(this WebApplicationBuilder builder)
    {
        var host = new ShopHost();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.ConfigurationLoader!
                .Endpoint(nameof(ShopHost.Pages), endpoint => host.Pages = endpoint.ListenOptions)
                .Endpoint(nameof(ShopHost.Grpc), endpoint => host.Grpc = endpoint.ListenOptions);
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(10));

        // StartFailure prints errors at startup. These loggers would repeat them, some with a stack trace.
        string[] repeating =
        [
            "Microsoft.Extensions.Hosting.Internal.Host", "Microsoft.AspNetCore.Server.Kestrel", "Millpond.Connections",
        ];
        foreach (var category in repeating)
        {
            builder.Logging.AddFilter(category, level => host.Started && level >= LogLevel.Warning);
        }

        return host;
    }
}
