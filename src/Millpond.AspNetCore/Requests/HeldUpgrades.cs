using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Requests;

/// <summary>The ways in which a request turns into a two-way connection without touching the response's body.</summary>
/// <remarks>Each of them is a commit point: a WebSocket may live for days, and a request's session must not.</remarks>
internal sealed class HeldUpgrades
{
    private readonly IHttpUpgradeFeature? _upgrade;
    private readonly IHttpExtendedConnectFeature? _connect;
    private readonly IHttpWebSocketFeature? _webSocket;

    private HeldUpgrades(IFeatureCollection features, HeldBody body)
    {
        _upgrade = features.Get<IHttpUpgradeFeature>();
        _connect = features.Get<IHttpExtendedConnectFeature>();
        _webSocket = features.Get<IHttpWebSocketFeature>();
        if (_upgrade is not null)
        {
            features.Set<IHttpUpgradeFeature>(new HeldUpgrade(_upgrade, body));
        }

        if (_connect is not null)
        {
            features.Set<IHttpExtendedConnectFeature>(new HeldExtendedConnect(_connect, body));
        }

        if (_webSocket is not null)
        {
            features.Set<IHttpWebSocketFeature>(new HeldWebSocket(_webSocket, body));
        }
    }

    /// <summary>Puts the commit point in front of an upgrade, where the request asks for one.</summary>
    public static HeldUpgrades? Hold(HttpContext context, HeldBody body) =>
        context.Request.Headers.Upgrade.Count > 0 || HttpMethods.IsConnect(context.Request.Method)
            ? new HeldUpgrades(context.Features, body)
            : null;

    public void Restore(HttpContext context)
    {
        context.Features.Set(_upgrade);
        context.Features.Set(_connect);
        context.Features.Set(_webSocket);
    }
}
