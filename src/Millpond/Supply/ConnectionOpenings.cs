using Millpond.Providers;

namespace Millpond.Supply;

/// <summary>Opens connections in the background for waiting callers, and gives each to whichever caller waits then (G10,
/// G12).</summary>
/// <remarks>
/// <para>An opening belongs to no caller: it continues when its caller has left, and serves the next one. So callers with
/// little time do not waste openings, and a restarted server is not flooded.</para>
/// <para>If an opening fails while other connections work, the pool stops growing, and its caller waits for one of those. If it
/// fails while nothing works, the database is marked as unavailable. An opening that hangs while others succeed is no longer
/// counted, so its caller gets another.</para>
/// <para>Thread-safe.</para>
/// </remarks>
internal sealed class ConnectionOpenings : IAsyncDisposable
{
    // Openings take milliseconds, or a second on a busy server far away. The driver itself waits for 15 s.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    private readonly ConnectionSource _source;
    private readonly Availability _availability;
    private readonly SupplySettings _settings;
    private readonly TimeProvider _time;
    private readonly SupplyState _state;
    private readonly ConnectionPings _pings;

    public ConnectionOpenings(
        ConnectionSource source, Availability availability, SupplySettings settings, SupplyState state)
    {
        (_source, _availability, _settings, _state, _time) = (source, availability, settings, state, settings.Time);
        _pings = new ConnectionPings(_time);
        Stop = new GrowthStop(_time, _ => Pump());
    }

    public GrowthStop Stop { get; }

    /// <summary>Gets or sets what to do when a connection was lost.</summary>
    public Action Lost { get; set; } = static () => { };

    /// <summary>Takes an idle connection or begins an opening for each caller that waits, within the limits.</summary>
    public void Pump()
    {
        while (_state.TryOpen(growthStopped: Stop.Cause is not null, out var expectsIdle))
        {
            _ = FinishAsync(Rent(expectsIdle));
        }
    }

    /// <summary>Takes an idle connection that needs no ping. Whatever else the driver gives serves the waiting callers.</summary>
    public ProviderConnection? TryTakeIdle()
    {
        if (!_state.TryTakeIdle())
        {
            return null;
        }

        var renting = Rent(expectsIdle: true);
        if (!renting.IsCompletedSuccessfully)
        {
            _state.OpenInstead();
            _ = FinishAsync(renting);
            return null;
        }

        var idle = renting.Result;
        if (_pings.MayBeDead(idle))
        {
            _state.OpenInstead();
            _ = FinishAsync(new(idle));
            return null;
        }

        return idle;
    }

    /// <summary>Returns a connection to the driver.</summary>
    public async ValueTask ReturnAsync(ProviderConnection connection)
    {
        var reusable = connection.IsReusable;
        try
        {
            await _source.ReturnAsync(connection).ConfigureAwait(false);
        }
        finally
        {
            if (_state.Return(reusable))
            {
                Pump();
            }
        }
    }

    /// <summary>Notes that a connection was lost: those that are idle are pinged before their next use, unless the driver has
    /// closed them.</summary>
    public void NoteLost()
    {
        _pings.NoteLost();
        _state.ForgetIdle();
        Pump();
        Lost();
    }

    public ValueTask DisposeAsync() => Stop.DisposeAsync();

    /// <summary>Asks the driver for a connection, outside of the caller's execution context: an opening may outlive it.</summary>
    private ValueTask<ProviderConnection> Rent(bool expectsIdle)
    {
        var caller = ExecutionContext.Capture();   // null: its flow is suppressed
        if (caller is not null)
        {
            ExecutionContext.Restore(CleanContext.Value);   // suppressing the flow would allocate
        }

        try
        {
            var renting = _source.RentAsync(CancellationToken.None);
            if (expectsIdle && !renting.IsCompleted)
            {
                _state.ForgetIdle();
            }

            return renting;
        }
        catch (Exception error)
        {
            return ValueTask.FromException<ProviderConnection>(error);
        }
        finally
        {
            if (caller is not null)
            {
                ExecutionContext.Restore(caller);
            }
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
                ? await PingIdleAsync(await renting.ConfigureAwait(false)).ConfigureAwait(false)
                : await WithinLimitAsync(renting.AsTask(), opening).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error as DatabaseUnavailableException ??
                DatabaseUnavailableException.CannotConnect(_source.Server, error);
        }

        _state.EndOpening(opening.IsSilent, isOut: connection is not null);
        if (connection is not null)
        {
            await DeliverAsync(connection).ConfigureAwait(false);
        }
        else if (failure is not null && !opening.IsSilent)
        {
            await FailAsync(failure, opening.Began).ConfigureAwait(false);
        }

        Pump();
    }

    /// <summary>Makes sure that an idle connection is alive.</summary>
    /// <returns>Null if it is dead. The next opening finds another.</returns>
    private async ValueTask<ProviderConnection?> PingIdleAsync(ProviderConnection idle, bool mustPing = false)
    {
        if (!mustPing && !_pings.MayBeDead(idle))
        {
            return idle;
        }

        _state.BeginPing();   // not an opening any more: openings that hang must not hold up pings
        var answers = await _pings.AnswersAsync(idle).ConfigureAwait(false);
        if (answers)
        {
            _availability.NoteSuccess();
        }
        else
        {
            await TryReturnAsync(_source.ReturnAsync, idle).ConfigureAwait(false);
            _settings.FoundStale();
            NoteLost();
        }

        _state.EndPing();
        return answers ? idle : null;
    }

    /// <summary>Gives a connection, which counts as out, to the caller that has waited longest, or returns it to the
    /// driver.</summary>
    private async Task DeliverAsync(ProviderConnection connection)
    {
        while (_state.TakeFirst() is { } next)
        {
            if (next.TrySetResult(connection))
            {
                return;
            }
        }

        await TryReturnAsync(ReturnAsync, connection).ConfigureAwait(false);
    }

    private async Task TryReturnAsync(Func<ProviderConnection, ValueTask> returnAsync, ProviderConnection connection)
    {
        try
        {
            await returnAsync(connection).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            ConnectionLog.ReturnFailed(_settings.Logger, _settings.EngineName, error);
        }
    }

    /// <summary>Waits for an opening within its time limit. If it hangs while nothing else works, the database is marked as
    /// down, and only the probe continues.</summary>
    /// <returns>Null if the database was down and is up again, so that this opening is out of date.</returns>
    private async Task<ProviderConnection?> WithinLimitAsync(Task<ProviderConnection> renting, Opening opening)
    {
        var recovery = _availability.Recovery;
        while (_settings.OpenTimeout - _time.GetElapsedTime(opening.Began) is var left && left > TimeSpan.Zero)
        {
            using var enough = new CancellationTokenSource();
            var patience = Task.Delay(left < Patience ? left : Patience, _time, enough.Token);
            await Task.WhenAny(renting, recovery, patience).ConfigureAwait(false);
            await enough.CancelAsync().ConfigureAwait(false);
            if (renting.IsCompleted)
            {
                var opened = await renting.ConfigureAwait(false);
                _availability.NoteSuccess();
                return opened;
            }

            if (recovery.IsCompleted)
            {
                _ = ReturnLateAsync(renting);
                return null;
            }

            await NoteSilenceAsync(opening).ConfigureAwait(false);
        }

        _ = ReturnLateAsync(renting);
        throw NoAnswer(_settings.OpenTimeout);
    }

    private async Task NoteSilenceAsync(Opening opening)
    {
        var waited = _time.GetElapsedTime(opening.Began);
        if (waited >= Silence && waited < _settings.OpenTimeout && !opening.WasReportedSilent)
        {
            opening.WasReportedSilent = true;
            await MarkUnavailableAsync(NoAnswer(Silence), opening.Began).ConfigureAwait(false);
        }

        if (!opening.IsSilent && HasSucceededSince(opening.Began) && _state.TryDiscountSilent())
        {
            opening.IsSilent = true;
            Pump();
        }
    }

    private DatabaseUnavailableException NoAnswer(TimeSpan limit) =>
        DatabaseUnavailableException.NoAnswer(_source.Server, limit, new TimeoutException("Opening the connection timed out."));

    private async Task ReturnLateAsync(Task<ProviderConnection> opening)
    {
        try
        {
            var opened = await opening.ConfigureAwait(false);
            _state.AddOut();
            await ReturnAsync(opened).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It failed, which was reported when its time was up.
        }
    }

    private async Task FailAsync(DatabaseUnavailableException failure, long began)
    {
        if (failure.MeansDown && await MarkUnavailableAsync(failure, began).ConfigureAwait(false))
        {
            return;
        }

        if (failure.MeansDown && !_state.IsAnyOut)
        {
            return;   // something worked while it was begun, but no longer does: the next opening decides
        }

        var reported = failure.IsServerFull ? _settings.Refused(failure) : failure;
        if (!_state.IsAnyOut && !_state.IsAnyExpected)
        {
            _state.TakeFirst()?.TrySetException(reported);
            return;
        }

        var isNew = Stop.Begin(reported);
        _state.FailGrowing(reported);
        if (isNew && !failure.IsServerFull)   // that one has a log message of its own
        {
            ConnectionLog.GrowthStopped(_settings.Logger, _settings.EngineName, _source.Server, reported.Message);
        }
    }

    /// <summary>Marks the database as unavailable, unless something works.</summary>
    private async Task<bool> MarkUnavailableAsync(DatabaseUnavailableException cause, long began)
    {
        if (HasSucceededSince(began) || await FindAliveAsync().ConfigureAwait(false))
        {
            return false;
        }

        _availability.MarkUnavailable(cause);
        while (_state.TakeFirst() is { } next)
        {
            next.TrySetException(_availability.Refusal() ?? cause);
        }

        return true;
    }

    private bool HasSucceededSince(long timestamp) =>
        _availability.HasSucceededSince(timestamp) || _settings.HasSucceededSince(timestamp);

    /// <summary>Pings an idle connection: a server that refuses new connections may serve those that are open.</summary>
    private async Task<bool> FindAliveAsync()
    {
        if (!_state.TryTakeIdle(evenIfOthersWait: true))
        {
            return false;
        }

        _state.OpenInstead();
        var renting = Rent(expectsIdle: true);
        if (!renting.IsCompletedSuccessfully)
        {
            _ = FinishAsync(renting);
            return false;
        }

        var alive = await PingIdleAsync(await renting.ConfigureAwait(false), mustPing: true).ConfigureAwait(false);
        _state.EndOpening(wasSilent: false, isOut: alive is not null);
        await (alive is null ? Task.CompletedTask : DeliverAsync(alive)).ConfigureAwait(false);
        return alive is not null;
    }

    private sealed class Opening(long began)
    {
        public long Began => began;

        /// <summary>Gets or sets whether it is no longer counted, because others succeeded while it was not answered.</summary>
        public bool IsSilent { get; set; }

        /// <summary>Gets or sets whether its silence was taken as a sign that the database is down.</summary>
        public bool WasReportedSilent { get; set; }
    }
}
