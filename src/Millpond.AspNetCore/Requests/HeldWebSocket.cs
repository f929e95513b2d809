using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Requests;

/// <summary>A WebSocket's handshake behind the commit point.</summary>
internal sealed class HeldWebSocket(IHttpWebSocketFeature inner, HeldBody body) : IHttpWebSocketFeature
{
    public bool IsWebSocketRequest => inner.IsWebSocketRequest;

    public async Task<WebSocket> AcceptAsync(WebSocketAcceptContext context)
    {
        await body.UpgradeAsync().ConfigureAwait(false);
        return await inner.AcceptAsync(context).ConfigureAwait(false);
    }
}
