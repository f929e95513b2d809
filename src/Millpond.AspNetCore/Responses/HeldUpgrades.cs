using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Responses;

/// <summary>The ways in which a request becomes a two-way connection without using the response body: an HTTP/1.1 upgrade, an
/// extended CONNECT of HTTP/2 or HTTP/3, and a WebSocket handshake.</summary>
/// <remarks>Each is a commit point, because a WebSocket may stay open for days and a request's session must not.</remarks>
internal sealed class HeldUpgrades : IHttpUpgradeFeature, IHttpExtendedConnectFeature, IHttpWebSocketFeature
{
    private readonly HeldBody _body;
    private readonly RequestSession _session;
    private readonly IHttpUpgradeFeature? _upgrade;
    private readonly IHttpExtendedConnectFeature? _connect;
    private readonly IHttpWebSocketFeature? _webSocket;

    private HeldUpgrades(IFeatureCollection features, HeldBody body, RequestSession session)
    {
        (_body, _session) = (body, session);
        _upgrade = features.Get<IHttpUpgradeFeature>();
        _connect = features.Get<IHttpExtendedConnectFeature>();
        _webSocket = features.Get<IHttpWebSocketFeature>();
        features.Set<IHttpUpgradeFeature>(_upgrade is null ? null : this);
        features.Set<IHttpExtendedConnectFeature>(_connect is null ? null : this);
        features.Set<IHttpWebSocketFeature>(_webSocket is null ? null : this);
    }

    public bool IsUpgradableRequest => _upgrade!.IsUpgradableRequest;

    [MemberNotNullWhen(true, nameof(Protocol))]
    public bool IsExtendedConnect => _connect!.IsExtendedConnect;

    public string? Protocol => _connect!.Protocol;

    public bool IsWebSocketRequest => _webSocket!.IsWebSocketRequest;

    /// <summary>Adds the commit point before an upgrade, if the request asks for one.</summary>
    public static HeldUpgrades? Hold(HttpContext context, HeldBody body, RequestSession session) =>
        context.Request.Headers.Upgrade.Count > 0 || HttpMethods.IsConnect(context.Request.Method)
            ? new HeldUpgrades(context.Features, body, session)
            : null;

    public async Task<Stream> UpgradeAsync()
    {
        await CommitAsync().ConfigureAwait(false);
        return await _upgrade!.UpgradeAsync().ConfigureAwait(false);
    }

    public async ValueTask<Stream> AcceptAsync()
    {
        await CommitAsync().ConfigureAwait(false);
        return await _connect!.AcceptAsync().ConfigureAwait(false);
    }

    public async Task<WebSocket> AcceptAsync(WebSocketAcceptContext context)
    {
        await CommitAsync().ConfigureAwait(false);
        return await _webSocket!.AcceptAsync(context).ConfigureAwait(false);
    }

    public void Restore(HttpContext context)
    {
        context.Features.Set(_upgrade);
        context.Features.Set(_connect);
        context.Features.Set(_webSocket);
    }

    private async Task CommitAsync()
    {
        const string How = "the connection was upgraded";
        await _body.EndAsync(How).ConfigureAwait(false);
        await _session.UpgradeAsync(How).ConfigureAwait(false);
    }
}
