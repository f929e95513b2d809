namespace Millpond.Sessions;

/// <summary>A unit of work's wait for its connection, which its end cuts short.</summary>
internal sealed class LeaseWait
{
    private CancellationTokenSource? _current;

    /// <summary>Waits for permits and a connection.</summary>
    public async ValueTask<SessionLease> RunAsync(UnitOfWork unit, bool writer, CancellationToken cancellationToken)
    {
        using var current = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Interlocked.Exchange(ref _current, current);
        try
        {
            unit.ThrowIfEnded();   // the end came before this, or it finds what to cancel
            return await unit.Services.LeaseAsync(unit, writer, current.Token).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Exchange(ref _current, null);
        }
    }

    /// <summary>Ends the wait, if there is one.</summary>
    public void Cancel()
    {
        try
        {
            Volatile.Read(ref _current)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was over at that very moment.
        }
    }
}
