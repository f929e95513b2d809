using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Shop.Startup;

/// <summary>The addresses of the shop, and whether it is listening.</summary>
/// <remarks>Without TLS, one port cannot serve both HTTP/1.1 and HTTP/2, which gRPC needs, so there are two ports.</remarks>
internal sealed class ShopHost
{
    private volatile bool _started;

    public ListenOptions? Pages { get; set; }

    public ListenOptions? Grpc { get; set; }

    public bool Started { get => _started; set => _started = value; }
}
