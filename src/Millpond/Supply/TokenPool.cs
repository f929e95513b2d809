namespace Millpond.Supply;

/// <summary>Tokens that are cancelled after a limit, or with a caller's token. Thread-safe.</summary>
internal sealed class TokenPool(TimeProvider time)
{
    private readonly ObjectPool<CancellationTokenSource> _spare = new(max: 64);

    public Rented Rent(TimeSpan limit, CancellationToken caller = default)
    {
        var source = _spare.Take() ?? new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        source.CancelAfter(limit);
        var link = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source);
        return new Rented(this, source, link);
    }

    private void Return(CancellationTokenSource source)
    {
        if (!source.TryReset() || !_spare.TryReturn(source))
        {
            source.Dispose();
        }
    }

    internal readonly struct Rented(TokenPool pool, CancellationTokenSource source, CancellationTokenRegistration link)
        : IDisposable
    {
        public CancellationToken Token => source.Token;

        public void Dispose()
        {
            link.Dispose();
            pool.Return(source);
        }
    }
}
