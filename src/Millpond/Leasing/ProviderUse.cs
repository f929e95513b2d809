namespace Millpond.Leasing;

/// <summary>Work on the driver's own connection while it runs: how it is told to stop (F06).</summary>
/// <remarks>Thread-safe: it may be cancelled at the very moment it ends.</remarks>
internal sealed class ProviderUse(object work) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private CancellationTokenRegistration _link;

    /// <summary>Gets the work, by which the provider knows what to interrupt.</summary>
    public object Work { get; } = work;

    /// <summary>Links the work's token to that of who waits for it.</summary>
    public CancellationToken LinkTo(CancellationToken waiting)
    {
        _link = waiting.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
        return _stop.Token;
    }

    /// <summary>Cancels the work's token. What the user has registered on it runs elsewhere.</summary>
    public async Task CancelAsync()
    {
        try
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The work ended just now.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync().ConfigureAwait(false);   // without blocking while a cancellation is under way
        _stop.Dispose();
    }
}
