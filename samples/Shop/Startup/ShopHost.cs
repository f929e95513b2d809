using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Shop.Startup;

/// <summary>Where the shop listens, and whether it does yet.</summary>
/// <remarks>Without TLS nothing tells HTTP/1 from HTTP/2 on one port, and gRPC is HTTP/2: so there are two ports.</remarks>
internal sealed class ShopHost
{
    private volatile bool _started;

    public ListenOptions? Pages { get; set; }

    public ListenOptions? Grpc { get; set; }

    public bool Started { get => _started; set => _started = value; }
}
