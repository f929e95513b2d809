using Millpond.Providers;

namespace Millpond.Supply;

/// <content>The openings: as many as there are callers without one, and what becomes of them.</content>
internal sealed partial class ConnectionSupply
{
    private const int MostOpening = 4;

    // Each takes a place of the driver's pool until it ends: the server's limit counts it too.
    private const int MostSilent = 4;

    // A server that has just refused one more connection refuses the next one too.
    private static readonly TimeSpan GrowthPause = TimeSpan.FromSeconds(1);

    // Openings take milliseconds, on a busy server far away one second. The driver itself waits for 15.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    /// <summary>Asks the driver for a connection, outside of the caller's execution context: an opening may outlive it.</summary>
    private ValueTask<ProviderConnection> Begin()
    {
        var caller = ExecutionContext.Capture();   // null: its flow is suppressed
        if (caller is not null)
        {
            ExecutionContext.Restore(CleanContext.Value);   // suppressing the flow would allocate
        }

        try
        {
            return _source.RentAsync(CancellationToken.None);
        }
        catch (Exception error)
        {
            return ValueTask.FromException<ProviderConnection>(error);   // it is counted as an opening by now
        }
        finally
        {
            if (caller is not null)
            {
                ExecutionContext.Restore(caller);
            }
        }
    }

    /// <summary>Counts an opening that was meant to find an idle one, or that found one which has to be pinged.</summary>
    private void Adopt(ValueTask<ProviderConnection> renting)
    {
        if (!renting.IsCompletedSuccessfully)
        {
            Volatile.Write(ref _idle, 0);
        }

        Interlocked.Increment(ref _opening);
        _ = FinishAsync(renting);
    }

    /// <summary>Begins as many openings as there are callers without one, within the bound.</summary>
    private void Pump()
    {
        while (true)
        {
            lock (_lock)
            {
                if (_opening >= MostOpening || _waiting.Count <= _opening + Volatile.Read(ref _pinging) ||
                    (IsStopped && Volatile.Read(ref _out) > 0))
                {
                    return;
                }

                Interlocked.Increment(ref _opening);
            }

            _ = FinishAsync(Begin());
        }
    }

    /// <summary>Ends an opening. Never throws.</summary>
    private async Task FinishAsync(ValueTask<ProviderConnection> renting)
    {
        var opening = new Opening(_time.GetTimestamp());
        ProviderConnection? connection = null;
        DatabaseUnavailableException? failure = null;
        try
        {
            connection = renting.IsCompletedSuccessfully
                ? await FindLivingAsync(await renting.ConfigureAwait(false)).ConfigureAwait(false)
                : await WithinLimitAsync(renting.AsTask(), opening).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error as DatabaseUnavailableException ??
                DatabaseUnavailableException.CannotConnect(_source.Server, error);
        }

        Interlocked.Decrement(ref (opening.IsSilent ? ref _silent : ref _opening));
        if (connection is not null)
        {
            Interlocked.Increment(ref _out);
            await DeliverAsync(connection).ConfigureAwait(false);
        }
        else if (failure is not null && !opening.IsSilent)
        {
            await FailAsync(failure, opening.Began).ConfigureAwait(false);
        }

        Pump();
    }

    /// <summary>Waits for an opening for as long as it may take. One that is silent while nothing else works is as good as
    /// refused: the database is down, and the probe asks for it.</summary>
    /// <returns>Null: the database was away and is back, which this opening has missed.</returns>
    private async Task<ProviderConnection?> WithinLimitAsync(Task<ProviderConnection> renting, Opening opening)
    {
        var recovery = _availability.Recovery;
        bool? isOver = null;
        while (isOver is null && _settings.OpenTimeout - _time.GetElapsedTime(opening.Began) is var left && left > TimeSpan.Zero)
        {
            isOver = await IsOverAsync(renting, left < Patience ? left : Patience, recovery).ConfigureAwait(false);
            if (isOver is null)
            {
                await NoteSilenceAsync(opening).ConfigureAwait(false);
            }
        }

        if (isOver is true)
        {
            var opened = await renting.ConfigureAwait(false);
            _availability.NoteSuccess();
            return opened;
        }

        _ = ReturnLateAsync(renting);
        return isOver is false ? null : throw NoAnswer(_settings.OpenTimeout);
    }

    /// <summary>Decides what becomes of an opening that was not answered so far: nobody waits for one while others succeed.
    /// </summary>
    private async Task NoteSilenceAsync(Opening opening)
    {
        var waited = _time.GetElapsedTime(opening.Began);
        if (waited >= Silence && waited < _settings.OpenTimeout && !opening.IsJudged)
        {
            opening.IsJudged = true;
            await GoDownAsync(NoAnswer(Silence), opening.Began).ConfigureAwait(false);
        }

        if (!opening.IsSilent && HasSucceededSince(opening.Began) && Volatile.Read(ref _silent) < MostSilent)
        {
            opening.IsSilent = true;
            Interlocked.Increment(ref _silent);
            Interlocked.Decrement(ref _opening);
            Pump();
        }
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
            if (Volatile.Read(ref _idle) + Volatile.Read(ref _opening) + Volatile.Read(ref _pinging) == 0)   // none will come
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
        if (HasSucceededSince(began) || await FindAliveAsync().ConfigureAwait(false))
        {
            return false;
        }

        _availability.GoDown(cause);
        TellAll(cause);
        return true;
    }

    private bool HasSucceededSince(long timestamp) =>
        _availability.HasSucceededSince(timestamp) || _settings.HasSucceededSince(timestamp);

    /// <summary>Pings one that is idle: a server that refuses new connections may serve those that are open.</summary>
    private async Task<bool> FindAliveAsync()
    {
        if (Volatile.Read(ref _idle) == 0)
        {
            return false;
        }

        var renting = Begin();
        if (!renting.IsCompletedSuccessfully)
        {
            Adopt(renting);
            return false;
        }

        TakeIdle();
        if (await PingAsync(await renting.ConfigureAwait(false)).ConfigureAwait(false) is not { } alive)
        {
            return false;
        }

        Interlocked.Increment(ref _out);
        await DeliverAsync(alive).ConfigureAwait(false);
        return true;
    }

    private void TellAll(DatabaseUnavailableException failure)
    {
        for (var next = Take(); next is not null; next = Take())
        {
            next.TryFail(_availability.Refusal() ?? failure);
        }
    }

    /// <summary>An opening that is under way.</summary>
    private sealed class Opening(long began)
    {
        public long Began => began;

        /// <summary>Gets or sets whether it does not count any more: others succeeded while it was not answered.</summary>
        public bool IsSilent { get; set; }

        /// <summary>Gets or sets whether its silence was taken for a sign that the database is down.</summary>
        public bool IsJudged { get; set; }
    }
}
