namespace Shop.Startup;

/// <summary>What the server allows and how the host behaves.</summary>
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

        // What fails during the start is told once, by StartFailure; these would print it again, some with its stack.
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
