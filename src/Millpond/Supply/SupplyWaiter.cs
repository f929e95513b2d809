using Millpond.Providers;

namespace Millpond.Supply;

/// <summary>A caller that has its permit and waits for a connection.</summary>
internal sealed class SupplyWaiter(bool isGrowth)
    : TaskCompletionSource<ProviderConnection>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Gets whether it waits for the pool to grow, so a connection that others return is of no use to it.</summary>
    public bool IsGrowth => isGrowth;
}
