namespace Millpond.Leasing;

/// <summary>The cancellation of work on the driver's own connection (F06).</summary>
/// <remarks>Thread-safe: it may be cancelled at the moment it ends.</remarks>
internal sealed class ProviderUse(object work) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private CancellationTokenRegistration _link;

    /// <summary>Gets the work, which identifies it to the provider.</summary>
    public object Work { get; } = work;

    /// <summary>Links the work's token to the caller's.</summary>
    public CancellationToken LinkTo(CancellationToken waiting)
    {
        _link = waiting.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
        return _stop.Token;
    }

    /// <summary>Cancels the work's token. Callbacks that the user registered run on another thread.</summary>
    public async Task CancelAsync()
    {
        try
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The work has just ended.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync().ConfigureAwait(false);   // without blocking while a cancellation is in progress
        _stop.Dispose();
    }
}
