using Millpond.Providers;

namespace Millpond.Supply;

/// <summary>A caller that has its permit and waits for a connection.</summary>
internal sealed class SupplyWaiter(bool isGrowth)
    : TaskCompletionSource<ProviderConnection>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Gets whether it wants the pool to grow, so that a connection that others give back is of no use.</summary>
    public bool IsGrowth => isGrowth;
}
