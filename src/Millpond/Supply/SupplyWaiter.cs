using Millpond.Providers;

namespace Millpond.Supply;

/// <summary>A caller who waits for a connection with its permit in hand: given one, failed or gone, whichever is first.</summary>
internal sealed class SupplyWaiter
{
    private readonly TaskCompletionSource<ProviderConnection> _source =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SupplyWaiter(SupplyNeed need)
    {
        Need = need;
        Node = new LinkedListNode<SupplyWaiter>(this);
    }

    public SupplyNeed Need { get; }

    public LinkedListNode<SupplyWaiter> Node { get; }

    public Task<ProviderConnection> Task => _source.Task;

    public bool TryGive(ProviderConnection connection) => _source.TrySetResult(connection);

    public void TryFail(Exception error) => _source.TrySetException(error);

    public void TryCancel(CancellationToken token) => _source.TrySetCanceled(token);
}
