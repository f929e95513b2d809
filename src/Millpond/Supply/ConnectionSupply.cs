using System.Diagnostics.CodeAnalysis;
using Millpond.Providers;

namespace Millpond.Supply;

/// <summary>Gives connections to leases: an idle one immediately, otherwise the next that is opened or returned (G10,
/// G12).</summary>
/// <remarks>Thread-safe. A local database takes connections directly from its source.</remarks>
internal sealed class ConnectionSupply : IAsyncDisposable
{
    private readonly ConnectionSource _source;
    private readonly bool _isRemote;
    private readonly Availability _availability;
    private readonly SupplyState _state = new();
    private readonly ConnectionOpenings _openings;

    public ConnectionSupply(ConnectionSource source, Availability availability, SupplySettings settings)
    {
        (_source, _isRemote, _availability) = (source, source.IsRemote, availability);
        _openings = new ConnectionOpenings(source, availability, settings, _state);
    }

    /// <summary>Gets or sets what to do when a connection was lost.</summary>
    public Action Lost { get => _openings.Lost; set => _openings.Lost = value; }

    /// <summary>Gets how many connections are idle, as far as is known: the driver closes some without notice. Null for a local
    /// database, whose connections are not counted.</summary>
    public int? Idle => _isRemote ? _state.Idle : null;

    /// <summary>Gets the reason why no further connection could be opened during a wait; null if none was needed.</summary>
    /// <param name="began">When the wait began.</param>
    public DatabaseUnavailableException? StopDuring(long began) => _openings.Stop.Since(began);

    /// <summary>Takes an idle connection, unless the database is down, others wait, or it has to be pinged first.</summary>
    /// <returns>False if <see cref="RentAsync"/> has to wait for one. An opening that this call began serves that
    /// wait.</returns>
    public bool TryRent([NotNullWhen(true)] out ProviderConnection? connection)
    {
        if (!_isRemote)
        {
            return _source.TryRent(out connection);
        }

        connection = _availability.IsDown ? null : _openings.TryTakeIdle();
        return connection is not null;
    }

    /// <summary>Waits for a connection, for a caller that got none from <see cref="TryRent"/>.</summary>
    /// <param name="isGrowth">Whether to wait for a new connection only, not for one that others return.</param>
    /// <param name="cancellationToken">Ends the wait, but not an opening.</param>
    /// <exception cref="DatabaseUnavailableException">The database is down, or no connection can be opened and none is in
    /// use.</exception>
    public ValueTask<ProviderConnection> RentAsync(bool isGrowth, CancellationToken cancellationToken)
    {
        if (!_isRemote)
        {
            return _source.RentAsync(cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return _availability.Refusal() is { } down
            ? ValueTask.FromException<ProviderConnection>(down)
            : new(WaitAsync(new SupplyWaiter(isGrowth), cancellationToken));
    }

    /// <summary>Returns a connection in any state.</summary>
    public ValueTask ReturnAsync(ProviderConnection connection) =>
        _isRemote ? _openings.ReturnAsync(connection) : _source.ReturnAsync(connection);

    public void NoteLost() => _openings.NoteLost();

    public ValueTask DisposeAsync() => _openings.DisposeAsync();

    private async Task<ProviderConnection> WaitAsync(SupplyWaiter waiter, CancellationToken cancellationToken)
    {
        _state.Join(waiter);
        if (waiter.IsGrowth && _state.IsAnyOut && _openings.Stop.Cause is { } stop)
        {
            _state.Leave(waiter);
            throw stop;
        }

        _openings.Pump();
        var link = cancellationToken.UnsafeRegister(
            static (waiter, token) => ((SupplyWaiter)waiter!).TrySetCanceled(token), waiter);
        try
        {
            return await waiter.Task.ConfigureAwait(false);
        }
        finally
        {
            await link.DisposeAsync().ConfigureAwait(false);
            _state.Leave(waiter);
        }
    }
}
