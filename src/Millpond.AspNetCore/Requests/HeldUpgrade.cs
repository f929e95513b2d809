using Microsoft.AspNetCore.Http.Features;

namespace Millpond.AspNetCore.Requests;

/// <summary>An HTTP/1.1 upgrade behind the commit point.</summary>
internal sealed class HeldUpgrade(IHttpUpgradeFeature inner, HeldBody body) : IHttpUpgradeFeature
{
    public bool IsUpgradableRequest => inner.IsUpgradableRequest;

    public async Task<Stream> UpgradeAsync()
    {
        await body.UpgradeAsync().ConfigureAwait(false);
        return await inner.UpgradeAsync().ConfigureAwait(false);
    }
}
