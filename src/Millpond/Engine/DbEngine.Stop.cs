using Millpond.Engine;
using Millpond.Leasing;

namespace Millpond;

/// <content>The engine's shutdown.</content>
public sealed partial class DbEngine
{
    /// <summary>Rejects new sessions, waits for those that hold a connection, and rolls back the rest after the
    /// limit.</summary>
    /// <param name="limit">How long sessions may take.</param>
    /// <param name="cancellationToken">Ends the wait early; the rollback itself is not cancelled.</param>
    /// <returns>A task that completes when no session holds a connection.</returns>
    /// <remarks>It does not wait for sessions from <see cref="OpenSession(DbSessionOptions?, string, string, int)"/> that were
    /// left open and have been idle for <see cref="EngineOptions.CleanupTimeout"/>.</remarks>
    public async Task DrainAsync(TimeSpan limit, CancellationToken cancellationToken = default)
    {
        _services.Gate.Close();
        _services.WriteGate?.Close();
        _availability.ReleaseWaiters();
        using var end = new CancellationTokenSource(limit, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        while (!either.IsCancellationRequested &&
            (_services.Acquisition.Arriving > 0 || _services.Holders.ToArray().Any(IsActive)))
        {
            // A shutdown happens once: polling is simpler than notifications and cannot miss one.
            await Task.Delay(TimeSpan.FromMilliseconds(50), _options.TimeProvider, either.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _services.Acquisition.Close();
        var began = _options.TimeProvider.GetTimestamp();
        var left = _services.Holders.ToArray();
        if (left.Length > 0)
        {
            EngineLog.DrainCutShort(_logger, Name, left.Length);
            await Task.WhenAll(left.Select(static lease => lease.Owner.EndAsync("the engine shut down"))).ConfigureAwait(false);
        }

        var rest = _options.CleanupTimeout - _options.TimeProvider.GetElapsedTime(began);
        await _services.CleanupsAsync()
            .WaitAsync(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, _options.TimeProvider, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        EngineLog.Drained(_logger, Name);
    }

    /// <summary>Shuts down immediately and closes all connections.</summary>
    /// <returns>A task that completes when that is done.</returns>
    public ValueTask DisposeAsync()
    {
        _isDisposed = true;
        return new(CloseAsync(TimeSpan.Zero, CancellationToken.None));
    }

    /// <summary>Shuts down and closes all connections, once. New sessions are rejected from then on.</summary>
    internal async Task CloseAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            return;
        }

        await DrainAsync(limit, cancellationToken).ConfigureAwait(false);
        _leaks.Dispose();
        _watch.Dispose();
        _services.Telemetry.Meter.Dispose();
        await _availability.DisposeAsync().ConfigureAwait(false);
        await _filling.DisposeAsync().ConfigureAwait(false);
        await _supply.DisposeAsync().ConfigureAwait(false);
        _services.Cancels?.Dispose();
        await _capacity.DisposeAsync().ConfigureAwait(false);
        _services.Gate.Dispose();
        _services.WriteGate?.Dispose();
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    private bool IsActive(SessionLease lease)
    {
        var activity = lease.Owner.Use.GetActivity();
        return lease.Owner.IsRun || activity.IsRunning || activity.TimeInState < _options.CleanupTimeout;
    }
}
