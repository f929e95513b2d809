namespace Millpond.Connections;

/// <summary>Gives leases their connections: one that is idle at once, a new one by an opening that belongs to nobody
/// (G10, G12).</summary>
/// <remarks>
/// <para>An opening goes on when the caller for whom it was begun has left, and serves the next one; no more than four run at a
/// time. So callers with little time do not throw openings away, and a restarted server is not stormed. A connection that is
/// given back serves a waiting caller as well as a new one does.</para>
/// <para>An opening that fails although other connections work only stops the growth: its caller waits for one of those. One that
/// fails while nothing works has everybody told, and <see cref="Availability"/> knock.</para>
/// <para>State: callers who wait, first come, first served, and how many openings run; both under one lock. How many
/// connections are idle in the driver's pool is an estimate beside it, by which the usual case takes no lock. Thread-safe.</para>
/// </remarks>
internal sealed partial class ConnectionSupply : IAsyncDisposable
{
    private readonly ConnectionSource _source;
    private readonly Availability _availability;
    private readonly SupplySettings _settings;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly LinkedList<SupplyWaiter> _waiting = new();
    private readonly ITimer _growth;
    private volatile int _queued;
    private int _opening;
    private int _idle;
    private int _out;
    private long? _stoppedAt;
    private DatabaseUnavailableException? _stop;

    public ConnectionSupply(ConnectionSource source, Availability availability, SupplySettings settings)
    {
        (_source, _availability, _settings, _time) = (source, availability, settings, settings.Time);
        using (ExecutionContext.SuppressFlow())
        {
            var never = Timeout.InfiniteTimeSpan;
            _growth = _time.CreateTimer(static supply => ((ConnectionSupply)supply!).Pump(), this, never, never);
        }
    }

    /// <summary>Tells why no further connection could be opened during a wait; null: that was not why it took so long.</summary>
    /// <param name="began">When the wait began.</param>
    public DatabaseUnavailableException? StopDuring(long began)
    {
        lock (_lock)
        {
            return IsStopped || _stoppedAt >= began ? _stop : null;
        }
    }

    private bool IsStopped => _stoppedAt is { } at && _time.GetElapsedTime(at) < GrowthPause;

    /// <summary>Takes a connection.</summary>
    /// <param name="need">What for.</param>
    /// <param name="cancellationToken">Ends the wait; an opening goes on.</param>
    /// <exception cref="DatabaseUnavailableException">The database is down, or none can be opened and there is none to wait
    /// for.</exception>
    public ValueTask<ProviderConnection> RentAsync(SupplyNeed need, CancellationToken cancellationToken)
    {
        if (!_source.IsRemote)
        {
            return need == SupplyNeed.Alive ? _source.RentAliveAsync(cancellationToken) : _source.RentAsync(cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_availability.Refusal() is { } down)
        {
            return ValueTask.FromException<ProviderConnection>(down);
        }

        if (need != SupplyNeed.Alive && Volatile.Read(ref _idle) > 0 && _queued == 0)
        {
            var renting = Begin(alive: false);
            if (renting.IsCompletedSuccessfully)
            {
                TakeIdle();
                Interlocked.Increment(ref _out);
                return renting;
            }

            Adopt(renting);
        }

        return new(WaitAsync(need, cancellationToken));
    }

    /// <summary>Gives a connection back, in whatever state it is.</summary>
    public async ValueTask ReturnAsync(ProviderConnection connection)
    {
        if (!_source.IsRemote)
        {
            await _source.ReturnAsync(connection).ConfigureAwait(false);
            return;
        }

        var reusable = connection.IsReusable;
        try
        {
            await _source.ReturnAsync(connection).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _out);
            if (reusable)
            {
                Interlocked.Increment(ref _idle);
                ServeWithIdle();
            }
            else
            {
                ForgetIdle();
            }
        }
    }

    /// <summary>Notes that the driver may have closed what was idle, as it does when a connection breaks.</summary>
    public void ForgetIdle()
    {
        Volatile.Write(ref _idle, 0);
        Pump();
    }

    public async ValueTask DisposeAsync() => await _growth.DisposeAsync().ConfigureAwait(false);

    private async Task<ProviderConnection> WaitAsync(SupplyNeed need, CancellationToken cancellationToken)
    {
        var waiter = new SupplyWaiter(need);
        lock (_lock)
        {
            if (need == SupplyNeed.Growth && IsStopped && Volatile.Read(ref _out) > 0)
            {
                throw _stop!;
            }

            _waiting.AddLast(waiter.Node);
            _queued = _waiting.Count;
        }

        Pump();
        if (Volatile.Read(ref _idle) > 0)
        {
            ServeWithIdle();   // one came back while this one joined, and all openings run
        }

        var link = cancellationToken.UnsafeRegister(
            static (waiter, token) => ((SupplyWaiter)waiter!).TryCancel(token), waiter);
        try
        {
            return await waiter.Task.ConfigureAwait(false);
        }
        finally
        {
            await link.DisposeAsync().ConfigureAwait(false);
            Leave(waiter);
        }
    }

    private void Leave(SupplyWaiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Node.List is not null)
            {
                _waiting.Remove(waiter.Node);
                _queued = _waiting.Count;
            }
        }
    }

    /// <summary>Gives a connection to who has waited longest, or back to the driver.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="isFresh">Whether it has given a sign of life just now: else it is not for those who need that.</param>
    private async Task DeliverAsync(ProviderConnection connection, bool isFresh)
    {
        for (var next = Take(isFresh); next is not null; next = Take(isFresh))
        {
            if (next.TryGive(connection))
            {
                return;
            }
        }

        try
        {
            await ReturnAsync(connection).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            ConnectionLog.ReturnFailed(_settings.Logger, _settings.EngineName, error);
        }
    }

    private SupplyWaiter? Take(bool isFresh = true)
    {
        lock (_lock)
        {
            for (var node = _waiting.First; node is not null; node = node.Next)
            {
                if (isFresh || node.Value.Need != SupplyNeed.Alive)
                {
                    _waiting.Remove(node);
                    _queued = _waiting.Count;
                    return node.Value;
                }
            }

            return null;
        }
    }

    /// <summary>Serves who waits for an opening with what has just come back.</summary>
    private void ServeWithIdle()
    {
        lock (_lock)
        {
            if (_waiting.First is not { Value.Need: SupplyNeed.Any })
            {
                return;
            }

            Interlocked.Increment(ref _opening);
        }

        _ = FinishAsync(Begin(alive: false), alive: false, _time.GetTimestamp());
    }

    private void TakeIdle()
    {
        for (var idle = Volatile.Read(ref _idle); idle > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _idle, idle - 1, idle);
            if (seen == idle)
            {
                return;
            }

            idle = seen;
        }
    }
}
