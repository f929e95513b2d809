using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Requests;

/// <summary>An HTTP/1.1 upgrade behind the commit point.</summary>
internal sealed class HeldUpgrade(IHttpUpgradeFeature inner, HeldBody body) : IHttpUpgradeFeature
{
    public bool IsUpgradableRequest => inner.IsUpgradableRequest;

    public async Task<Stream> UpgradeAsync()
    {
        await body.OpenAsync("the connection was upgraded", CancellationToken.None).ConfigureAwait(false);
        return await inner.UpgradeAsync().ConfigureAwait(false);
    }
}
