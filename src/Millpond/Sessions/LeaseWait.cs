namespace Millpond.Sessions;

/// <summary>A unit of work's wait for its connection, which its end cuts short.</summary>
internal sealed class LeaseWait
{
    private CancellationTokenSource? _current;

    /// <summary>Waits for permits and a connection.</summary>
    public ValueTask<SessionLease> RunAsync(UnitOfWork unit, bool writer, CancellationToken cancellationToken) =>
        RunAsync(unit, writer, replaced: null, cancellationToken);

    /// <summary>Waits for another connection in the place of the one that a lease has.</summary>
    public async ValueTask ReplaceAsync(UnitOfWork unit, SessionLease lease, CancellationToken cancellationToken) =>
        await RunAsync(unit, writer: false, lease, cancellationToken).ConfigureAwait(false);

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

    private async ValueTask<SessionLease> RunAsync(
        UnitOfWork unit, bool writer, SessionLease? replaced, CancellationToken cancellationToken)
    {
        using var current = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Interlocked.Exchange(ref _current, current);
        try
        {
            unit.ThrowIfEnded();   // the end came before this, or it finds what to cancel
            if (replaced is null)
            {
                return await unit.Services.LeaseAsync(unit, writer, current.Token).ConfigureAwait(false);
            }

            await replaced.ReplaceConnectionAsync(current.Token).ConfigureAwait(false);
            return replaced;
        }
        finally
        {
            Interlocked.Exchange(ref _current, null);
        }
    }
}
