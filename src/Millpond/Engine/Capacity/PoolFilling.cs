using Microsoft.Extensions.Logging;
using Millpond.Admission;
using Millpond.Providers;
using Millpond.Supply;

namespace Millpond.Engine.Capacity;

/// <summary>Opens the pool's permanent connections at startup, and replaces lost ones (G11).</summary>
/// <remarks>Thread-safe. It uses free permits only, so it neither delays sessions nor exceeds the pool.</remarks>
internal sealed class PoolFilling(
    string engineName,
    SessionGate gate,
    ConnectionSupply supply,
    Availability availability,
    int size,
    TimeProvider time,
    ILogger logger) : IAsyncDisposable
{
    // Long enough for a burst of losses (a restart) to end, short enough that the next burst of requests finds a full pool.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private Task _refill = Task.CompletedTask;

    /// <summary>Takes <c>PoolSize</c> connections at the same time, then returns them all.</summary>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        List<(Permit Permit, Task<ProviderConnection> Connection)> opened = [];
        while (opened.Count < size && gate.TryEnter(out var permit))
        {
            opened.Add((permit, OpenAsync(cancellationToken)));
        }

        try
        {
            await Task.WhenAll(opened.Select(static one => one.Connection)).ConfigureAwait(false);
        }
        catch (DatabaseUnavailableException error) when (
            error.IsServerFull && opened.Exists(static one => one.Connection.IsCompletedSuccessfully))
        {
            // A full server stops the pool's growth but not the start, because some connections are enough to work (G12).
        }
        finally
        {
            await Task.WhenAll(opened.Select(one => ReturnAsync(one.Permit, one.Connection))).ConfigureAwait(false);
        }
    }

    /// <summary>Refills in the background, once for several losses.</summary>
    public void RefillSoon()
    {
        lock (_lock)
        {
            if (_refill.IsCompleted && !_end.IsCancellationRequested)
            {
                using (ExecutionContext.SuppressFlow())   // it belongs to no request
                {
                    _refill = Task.Run(RefillAsync);
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _refill.ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task<ProviderConnection> OpenAsync(CancellationToken cancellationToken) =>
        supply.TryRent(out var idle) ? idle : await supply.RentAsync(isGrowth: true, cancellationToken).ConfigureAwait(false);

    private async Task ReturnAsync(Permit permit, Task<ProviderConnection> connection)
    {
        try
        {
            if (connection.IsCompletedSuccessfully)
            {
                await supply.ReturnAsync(await connection.ConfigureAwait(false)).ConfigureAwait(false);
            }
        }
        finally
        {
            permit.Release();
        }
    }

    private async Task RefillAsync()
    {
        try
        {
            await Task.Delay(Pause, time, _end.Token).ConfigureAwait(false);
            if (!availability.IsDown)   // it is called again when the database is up
            {
                await FillAsync(_end.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            EngineLog.RefillFailed(logger, engineName, error);
        }
    }
}
