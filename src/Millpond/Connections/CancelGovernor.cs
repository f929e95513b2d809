namespace Millpond.Connections;

/// <summary>Has commands cancelled off the canceller's thread, and few at a time (G14).</summary>
/// <remarks>A driver may open a connection for each cancellation and block the thread that asks for it: Npgsql does. A thousand
/// clients that hang up together would open as many and block as many threads. Here each cancellation waits for its turn, on a
/// thread of its own, and one whose command has ended by then is not sent. Thread-safe.</remarks>
internal sealed class CancelGovernor : IDisposable
{
    private const int MostAtOnce = 4;
    private const int MostSpare = 64;

    private readonly SemaphoreSlim _turns = new(MostAtOnce);
    private readonly Lock _lock = new();
    private readonly Stack<GovernedToken> _spare = new();
    private long _sent;

    /// <summary>Gets how many were sent since the start.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Gives a token to hand to the driver for one command; it is cancelled, a little later, when the caller's is.
    /// </summary>
    public Lease Govern(CancellationToken caller)
    {
        if (!caller.CanBeCanceled)
        {
            return new Lease(null, caller);
        }

        GovernedToken? governed;
        lock (_lock)
        {
            _spare.TryPop(out governed);
        }

        governed ??= new GovernedToken(this);
        governed.Follow(caller);
        return new Lease(governed, governed.Token);
    }

    /// <summary>Runs a cancellation when it is its turn.</summary>
    /// <param name="isDue">Whether it is still to be sent then.</param>
    /// <param name="cancel">Sends it.</param>
    public async Task RunAsync(Func<bool> isDue, Func<Task> cancel)
    {
        await _turns.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (isDue())
            {
                Interlocked.Increment(ref _sent);
                await cancel().ConfigureAwait(false);
            }
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    internal void Reuse(GovernedToken governed)
    {
        lock (_lock)
        {
            if (_spare.Count < MostSpare)
            {
                _spare.Push(governed);
                return;
            }
        }

        governed.Dispose();
    }

    /// <summary>The token while its command runs.</summary>
    internal readonly struct Lease(GovernedToken? governed, CancellationToken token) : IDisposable
    {
        public CancellationToken Token => token;

        public void Dispose() => governed?.End();
    }
}
