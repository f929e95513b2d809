using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Requests;

/// <summary>An extended CONNECT of HTTP/2 or HTTP/3 behind the commit point.</summary>
internal sealed class HeldExtendedConnect(IHttpExtendedConnectFeature inner, HeldBody body) : IHttpExtendedConnectFeature
{
    [MemberNotNullWhen(true, nameof(Protocol))]
    public bool IsExtendedConnect => inner.IsExtendedConnect;

    public string? Protocol => inner.Protocol;

    public async ValueTask<Stream> AcceptAsync()
    {
        await body.UpgradeAsync().ConfigureAwait(false);
        return await inner.AcceptAsync().ConfigureAwait(false);
    }
}
