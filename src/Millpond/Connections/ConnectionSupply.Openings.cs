namespace Millpond.Connections;

/// <content>The openings: as many as there are callers without one, and what becomes of them.</content>
internal sealed partial class ConnectionSupply
{
    private const int MostOpening = 4;

    // A server that has just refused one more connection refuses the next one too.
    private static readonly TimeSpan GrowthPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    // Openings take milliseconds, on a busy server far away one second. The driver itself waits for 15.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    /// <summary>Has the driver open or find one; nothing of the caller's flow goes in, and no token of its.</summary>
    private ValueTask<ProviderConnection> Begin(bool alive)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Call();
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Call();
        }

        ValueTask<ProviderConnection> Call()
        {
            try
            {
                return alive ? _source.RentAliveAsync(CancellationToken.None) : _source.RentAsync(CancellationToken.None);
            }
            catch (Exception error)
            {
                return ValueTask.FromException<ProviderConnection>(error);   // it is counted as an opening by now
            }
        }
    }

    /// <summary>Counts an opening that was meant to find an idle one.</summary>
    private void Adopt(ValueTask<ProviderConnection> renting)
    {
        Volatile.Write(ref _idle, 0);
        Interlocked.Increment(ref _opening);
        _ = FinishAsync(renting, alive: false, _time.GetTimestamp());
    }

    /// <summary>Begins as many openings as there are callers without one, within the bound.</summary>
    private void Pump()
    {
        while (true)
        {
            bool alive;
            lock (_lock)
            {
                if (_opening >= MostOpening || _waiting.Count <= _opening || (IsStopped && Volatile.Read(ref _out) > 0))
                {
                    return;
                }

                alive = _waiting.First!.Value.Need == SupplyNeed.Alive;
                Interlocked.Increment(ref _opening);
            }

            _ = FinishAsync(Begin(alive), alive, _time.GetTimestamp());
        }
    }

    /// <summary>Ends an opening. Never throws.</summary>
    private async Task FinishAsync(ValueTask<ProviderConnection> opening, bool alive, long began)
    {
        var isIdle = opening.IsCompletedSuccessfully;   // it says nothing of the database then
        ProviderConnection? connection = null;
        DatabaseUnavailableException? failure = null;
        try
        {
            if (isIdle)
            {
                connection = await opening.ConfigureAwait(false);
                TakeIdle();
            }
            else
            {
                connection = await WithinLimitAsync(opening.AsTask(), began).ConfigureAwait(false);
                if (connection is not null)
                {
                    _availability.NoteSuccess();
                }
            }
        }
        catch (Exception error)
        {
            failure = error as DatabaseUnavailableException ??
                DatabaseUnavailableException.CannotConnect(_source.Server, error);
        }

        Interlocked.Decrement(ref _opening);
        if (connection is not null)
        {
            Interlocked.Increment(ref _out);
            await DeliverAsync(connection, isFresh: alive || !isIdle).ConfigureAwait(false);
        }
        else if (failure is not null)
        {
            await FailAsync(failure, began).ConfigureAwait(false);
        }

        Pump();
    }

    /// <summary>Waits for an opening for as long as it may take. One that is silent while nothing else works is as good as
    /// refused: the database is down, and asked by the probe.</summary>
    /// <returns>Null: the database was away and is back, which this opening has missed.</returns>
    private async Task<ProviderConnection?> WithinLimitAsync(Task<ProviderConnection> opening, long began)
    {
        var recovery = _availability.Recovery;
        var silence = _settings.OpenTimeout < Silence ? _settings.OpenTimeout : Silence;
        var isOver = await IsOverAsync(opening, silence, recovery).ConfigureAwait(false);
        if (isOver is null && _settings.OpenTimeout > silence)
        {
            await GoDownAsync(NoAnswer(silence), began).ConfigureAwait(false);
            isOver = await IsOverAsync(opening, _settings.OpenTimeout - silence, recovery).ConfigureAwait(false);
        }

        if (isOver is true)
        {
            return await opening.ConfigureAwait(false);
        }

        _ = ReturnLateAsync(opening);
        return isOver is false ? null : throw NoAnswer(_settings.OpenTimeout);
    }

    /// <summary>Waits for an opening.</summary>
    /// <returns>True: it has ended. False: the database is back without it. Null: neither.</returns>
    private async Task<bool?> IsOverAsync(Task opening, TimeSpan limit, Task recovery)
    {
        using var enough = new CancellationTokenSource();
        await Task.WhenAny(opening, recovery, Task.Delay(limit, _time, enough.Token)).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        return opening.IsCompleted ? true : recovery.IsCompleted ? false : null;
    }

    private DatabaseUnavailableException NoAnswer(TimeSpan limit) =>
        DatabaseUnavailableException.NoAnswer(_source.Server, limit, new TimeoutException("The opening was not answered."));

    private async Task ReturnLateAsync(Task<ProviderConnection> opening)
    {
        try
        {
            await _source.ReturnAsync(await opening.ConfigureAwait(false)).ConfigureAwait(false);
            Interlocked.Increment(ref _idle);
        }
        catch (Exception)
        {
            // It failed, as everybody was told already.
        }
    }

    private async Task FailAsync(DatabaseUnavailableException failure, long began)
    {
        if (failure.MeansDown && await GoDownAsync(failure, began).ConfigureAwait(false))
        {
            return;
        }

        if (failure.MeansDown && Volatile.Read(ref _out) == 0)
        {
            return;   // something worked while it was begun, and nothing is left of that: the next opening decides
        }

        var told = failure.IsServerFull ? _settings.Refused(failure) : failure;
        if (Volatile.Read(ref _out) == 0)
        {
            if (Volatile.Read(ref _idle) == 0 && Volatile.Read(ref _opening) == 0)   // there is none, and none will come
            {
                Take()?.TryFail(told);
                return;
            }

            ServeWithIdle();
        }

        bool first;
        List<SupplyWaiter> growing;
        lock (_lock)
        {
            first = !IsStopped;
            (_stoppedAt, _stop) = (_time.GetTimestamp(), told);
            growing = [.. _waiting.Where(static waiter => waiter.Need == SupplyNeed.Growth)];
        }

        growing.ForEach(waiter => waiter.TryFail(told));

        _growth.Change(GrowthPause, Timeout.InfiniteTimeSpan);
        if (first && !failure.IsServerFull)   // that one has a log message of its own
        {
            ConnectionLog.GrowthStopped(_settings.Logger, _settings.EngineName, _source.Server, told.Message);
        }
    }

    /// <summary>Has the database be down, unless something works.</summary>
    private async Task<bool> GoDownAsync(DatabaseUnavailableException cause, long began)
    {
        if (_availability.HasSucceededSince(began) || _settings.HasSucceededSince(began) ||
            await FindAliveAsync().ConfigureAwait(false))
        {
            return false;
        }

        _availability.GoDown(cause);
        TellAll(cause);
        return true;
    }

    /// <summary>Asks one that is idle: who refuses new connections may serve those that are open.</summary>
    private async Task<bool> FindAliveAsync()
    {
        if (Volatile.Read(ref _idle) == 0)
        {
            return false;
        }

        try
        {
            using var limit = new CancellationTokenSource(AnswerLimit, _time);
            var alive = await _source.RentAliveAsync(limit.Token).ConfigureAwait(false);
            _availability.NoteSuccess();
            TakeIdle();
            Interlocked.Increment(ref _out);
            await DeliverAsync(alive, isFresh: true).ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            return false;   // it is as dead as the rest
        }
    }

    private void TellAll(DatabaseUnavailableException failure)
    {
        for (var next = Take(); next is not null; next = Take())
        {
            next.TryFail(_availability.Refusal() ?? failure);
        }
    }
}
