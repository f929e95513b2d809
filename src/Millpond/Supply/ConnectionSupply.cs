using System.Diagnostics.CodeAnalysis;
using Millpond.Providers;

namespace Millpond.Supply;

/// <summary>Gives leases their connections: one that is idle at once, a new one by an opening that belongs to nobody
/// (G10, G12).</summary>
/// <remarks>
/// <para>An opening goes on when the caller for whom it was begun has left, and serves the next one; no more than four run at a
/// time. So callers with little time do not throw openings away, and a restarted server is not stormed. A connection that is
/// given back serves a waiting caller as well as a new one does.</para>
/// <para>An opening that fails although other connections work only stops the growth: its caller waits for one of those. One that
/// fails while nothing works has everybody told, and <see cref="Availability"/> knock. One that is silent while others succeed
/// does not count any more, so that its caller gets another.</para>
/// <para>A connection that was idle for a while, or since before the last loss of any other, is pinged before its first use
/// (S19).</para>
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
    private readonly bool _isRemote;
    private volatile int _queued;
    private int _opening;
    private int _silent;
    private int _pinging;
    private int _idle;
    private int _out;
    private long _lostAt = long.MinValue;
    private long? _stoppedAt;
    private DatabaseUnavailableException? _stop;

    public ConnectionSupply(ConnectionSource source, Availability availability, SupplySettings settings)
    {
        (_source, _availability, _settings, _time) = (source, availability, settings, settings.Time);
        _isRemote = source.IsRemote;
        using (ExecutionContext.SuppressFlow())
        {
            var never = Timeout.InfiniteTimeSpan;
            _growth = _time.CreateTimer(static supply => ((ConnectionSupply)supply!).Pump(), this, never, never);
        }
    }

    /// <summary>Gets or sets what to do when a connection was lost.</summary>
    public Action Lost { get; set; } = static () => { };

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

    /// <summary>Takes an idle connection, unless the database is down, others wait, or it has to be pinged first.</summary>
    /// <returns>False: <see cref="RentAsync"/> waits for one. What this call began serves that wait.</returns>
    public bool TryRent([NotNullWhen(true)] out ProviderConnection? connection)
    {
        if (!_isRemote)
        {
            return _source.TryRent(out connection);
        }

        connection = null;
        if (_queued > 0 || Volatile.Read(ref _idle) == 0 || _availability.IsDown)
        {
            return false;
        }

        var renting = Begin();
        if (!renting.IsCompletedSuccessfully)
        {
            Adopt(renting);
            return false;
        }

        var idle = renting.Result;
        if (MayBeDead(idle))
        {
            Adopt(new(idle));
            return false;
        }

        TakeIdle();
        Interlocked.Increment(ref _out);
        connection = idle;
        return true;
    }

    /// <summary>Waits for a connection, for a caller whom <see cref="TryRent"/> gave none.</summary>
    /// <param name="need">What for.</param>
    /// <param name="cancellationToken">Ends the wait; an opening goes on.</param>
    /// <exception cref="DatabaseUnavailableException">The database is down, or none can be opened and there is none to wait
    /// for.</exception>
    public ValueTask<ProviderConnection> RentAsync(SupplyNeed need, CancellationToken cancellationToken)
    {
        if (!_isRemote)
        {
            return _source.RentAsync(cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return _availability.Refusal() is { } down
            ? ValueTask.FromException<ProviderConnection>(down)
            : new(WaitAsync(need, cancellationToken));
    }

    /// <summary>Gives a connection back, in whatever state it is.</summary>
    public ValueTask ReturnAsync(ProviderConnection connection)
    {
        if (!_isRemote)
        {
            return _source.ReturnAsync(connection);
        }

        var reusable = connection.IsReusable;
        var returning = GiveBack(connection);
        if (!returning.IsCompletedSuccessfully)
        {
            return new(FinishReturnAsync(returning, reusable));
        }

        NoteReturned(reusable);
        return ValueTask.CompletedTask;
    }

    /// <summary>Notes that a connection was lost: those that are idle are pinged before their next use, unless the driver has
    /// closed them.</summary>
    public void NoteLost()
    {
        Volatile.Write(ref _lostAt, _time.GetTimestamp());
        ForgetIdle();
        Lost();
    }

    public async ValueTask DisposeAsync() => await _growth.DisposeAsync().ConfigureAwait(false);

    private ValueTask GiveBack(ProviderConnection connection)
    {
        try
        {
            return _source.ReturnAsync(connection);
        }
        catch (Exception error)
        {
            return ValueTask.FromException(error);
        }
    }

    private async Task FinishReturnAsync(ValueTask returning, bool reusable)
    {
        try
        {
            await returning.ConfigureAwait(false);
        }
        finally
        {
            NoteReturned(reusable);
        }
    }

    private void NoteReturned(bool reusable)
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

    private void ForgetIdle()
    {
        Volatile.Write(ref _idle, 0);
        Pump();
    }

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
    private async Task DeliverAsync(ProviderConnection connection)
    {
        for (var next = Take(); next is not null; next = Take())
        {
            if (next.TryGive(connection))
            {
                return;
            }
        }

        await TryReturnAsync(connection).ConfigureAwait(false);
    }

    private async Task TryReturnAsync(ProviderConnection connection)
    {
        try
        {
            await ReturnAsync(connection).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            ConnectionLog.ReturnFailed(_settings.Logger, _settings.EngineName, error);
        }
    }

    private SupplyWaiter? Take()
    {
        lock (_lock)
        {
            var first = _waiting.First;
            if (first is not null)
            {
                _waiting.RemoveFirst();
                _queued = _waiting.Count;
            }

            return first?.Value;
        }
    }

    /// <summary>Serves who waits for an opening with what has just come back.</summary>
    private void ServeWithIdle()
    {
        if (_queued == 0)   // who joins looks for an idle one itself
        {
            return;
        }

        lock (_lock)
        {
            if (_waiting.First is not { Value.Need: SupplyNeed.Any })
            {
                return;
            }

            Interlocked.Increment(ref _opening);
        }

        _ = FinishAsync(Begin());
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
