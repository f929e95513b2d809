namespace Millpond.Supply;

/// <summary>Cancellation sources with a time limit, reused: every session needs two of them, and hardly ever one fires.</summary>
/// <remarks>Thread-safe. One that fired, or whose timer is not the system's, is not reused.</remarks>
internal sealed class TokenPool(TimeProvider time)
{
    private const int Most = 64;

    private readonly Lock _lock = new();
    private readonly Stack<CancellationTokenSource> _spare = new();

    /// <summary>Takes a token that is cancelled after a limit, or by the caller's own.</summary>
    public Rented Rent(TimeSpan limit, CancellationToken caller = default)
    {
        CancellationTokenSource? source;
        lock (_lock)
        {
            _spare.TryPop(out source);
        }

        source ??= new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        source.CancelAfter(limit);
        var link = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source);
        return new Rented(this, source, link);
    }

    private void Return(CancellationTokenSource source)
    {
        if (source.TryReset())
        {
            lock (_lock)
            {
                if (_spare.Count < Most)
                {
                    _spare.Push(source);
                    return;
                }
            }
        }

        source.Dispose();
    }

    /// <summary>A token for the length of a using block.</summary>
    internal readonly struct Rented(TokenPool pool, CancellationTokenSource source, CancellationTokenRegistration link)
        : IDisposable
    {
        public CancellationToken Token => source.Token;

        /// <summary>
        /// Gives it back. Waits for a cancellation by the caller that is under way, which only cancels this one.
        /// </summary>
        public void Dispose()
        {
            link.Dispose();
            pool.Return(source);
        }
    }
}
