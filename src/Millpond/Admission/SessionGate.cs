using Millpond.Telemetry;
using Millpond.Telemetry.Events;

namespace Millpond.Admission;

/// <summary>Grants a limited number of permits to callers within their deadlines. A policy decides the order and who is
/// rejected.</summary>
/// <remarks>Entering and releasing without a queue is one compare-and-swap of <see cref="GateState"/>; everything that uses the
/// queue runs under the lock. Thread-safe. Time comes from the provider only.</remarks>
internal sealed class SessionGate : IDisposable
{
    private const int MaxSpareWaiters = 1_024;

    private readonly GateLock _lock = new();
    private readonly LinkedList<GateWaiter> _queue = new();
    private readonly Stack<GateWaiter> _spare = new();
    private readonly TimeProvider _time;
    private readonly AdmissionPolicy _policy;
    private readonly RecentHold _hold;
    private readonly GateTimer _timer;
    private readonly GateRejections _rejections;
    private GateState _state;
    private ResumeLag _lag;
    private long _queuedSince;
    private int _permits;
    private long _timedOut;
    private volatile bool _closed;

    public SessionGate(string name, int permits, TimeProvider time, AdmissionPolicy? policy = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permits, 1);
        (Name, _permits, _time) = (name, permits, time);
        _policy = policy ?? new FirstComeFirstServed();
        (_hold, _state) = (new RecentHold(time), new GateState(permits));
        _timer = new GateTimer(time, _policy.Tick, _ => OnTimer());
        _rejections = new GateRejections(time, () => Report(default(PoolWait)));
    }

    public string Name { get; }

    public int Permits => Volatile.Read(ref _permits);

    public bool IsClosed => _closed;

    /// <summary>Gets what a permit grants, for messages.</summary>
    public string Grants { get; init; } = "connection";

    public string EngineName { get => field ?? Name; init; }

    /// <summary>Gets whether options can give it more permits.</summary>
    public bool CanGrow { get; init; } = true;

    /// <summary>Gets the callback that lists the operations that hold the permits. Never called under the gate's
    /// lock.</summary>
    public Func<IReadOnlyList<HolderShare>> Holders { get; init; } = static () => [];

    /// <summary>Gets the recorder of its events, or null.</summary>
    public BlackBox? Recorder { get; init; }

    /// <summary>Gets the recorder of how late granted callers resumed, or null.</summary>
    public EngineTelemetry? Telemetry { get; init; }

    /// <exception cref="PoolTimeoutException">The deadline passed first.</exception>
    /// <exception cref="SessionRejectedException">The gate is closed, or its policy rejected the caller.</exception>
    public ValueTask<Permit> EnterAsync(Deadline deadline, object? caller, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryEnter(out var permit) ? new(permit) : WaitAsync(deadline, caller, cancellationToken);
    }

    public bool TryEnter(out Permit permit)
    {
        if (!_closed && _state.TryTake())
        {
            Recorder?.Note(GateEventKind.Entered);
            permit = new Permit(this, TimeSpan.Zero);
            return true;
        }

        permit = default;
        return false;
    }

    /// <summary>Changes the number of permits. Those in use beyond it are released as usual and not granted again.</summary>
    public void Resize(int permits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permits, 1);
        var more = 0;
        using (_lock.Enter())
        {
            var change = permits - _permits;
            Volatile.Write(ref _permits, permits);
            if (change < 0)
            {
                _state.Withdraw(-change);
            }
            else
            {
                more = change - _state.PayBack(change);
            }
        }

        for (; more > 0; more--)
        {
            Free();
        }
    }

    /// <summary>Rejects all waiting and new callers. Permits in use are released as usual.</summary>
    public void Close()
    {
        List<GateWaiter> waiting;
        using (_lock.Enter())
        {
            _closed = true;
            waiting = RemoveOldest(_queue.Count);
        }

        waiting.ForEach(waiter => waiter.Fail(SessionRejectedException.ShuttingDown(EngineName)));
    }

    public void Dispose()
    {
        Close();
        _timer.Dispose();
    }

    public GateSnapshot GetSnapshot()
    {
        using (_lock.Enter())
        {
            return Snapshot(_time.GetTimestamp());
        }
    }

    public List<(object? Caller, TimeSpan Waited)> GetWaiters(int most)
    {
        using (_lock.Enter())
        {
            return [.. _queue.Take(most).Select(waiter => (waiter.Caller, Waited(waiter)))];
        }
    }

    public PoolReport Report(PoolWait wait, GateSnapshot? numbers = null) =>
        new((Name, EngineName, Grants, CanGrow), numbers ?? GetSnapshot(), Holders(), wait);

    internal void Release(long heldSince)
    {
        _hold.Note(heldSince);
        Recorder?.Note(GateEventKind.Released);
        Free();
    }

    /// <summary>Removes a waiter. One that was just granted keeps its permit, and its holder releases it.</summary>
    internal void Cancel(GateWaiter waiter)
    {
        using (_lock.Enter())
        {
            if (!TryRemove(waiter))
            {
                return;
            }

            Recorder?.Note(GateEventKind.Cancelled, waiter.CallerId);
            var now = _time.GetTimestamp();
            _policy.GaveUp(_time.GetElapsedTime(waiter.EnqueuedAt, now), Load(now));
        }

        waiter.Cancel();
    }

    internal void Reuse(GateWaiter waiter, long grantedAt)
    {
        var now = _time.GetTimestamp();
        TimeSpan? lag = grantedAt == 0 ? null : _time.GetElapsedTime(grantedAt, now);
        Telemetry?.Resumed(lag);
        using (_lock.Enter())
        {
            _lag.Note(lag ?? TimeSpan.Zero, now, _time);
            if (_spare.Count < MaxSpareWaiters)
            {
                _spare.Push(waiter);
            }
        }
    }

    private void Free()
    {
        if (!_state.TryFree())
        {
            HandOver();
        }
    }

    private void HandOver()
    {
        GateWaiter next;
        List<GateWaiter>? shed;
        long now;
        using (_lock.Enter())
        {
            if (_state.PayBack(1) > 0)
            {
                return;
            }

            if (_queue.Count == 0)   // the last waiter left between the swap that saw it and this lock
            {
                _state.Free();
                return;
            }

            now = _time.GetTimestamp();
            _hold.NoteEnd(now);
            next = _policy.Next(_queue);
            TryRemove(next);
            Recorder?.Note(GateEventKind.Granted, next.CallerId);
            _policy.Served(_time.GetElapsedTime(next.EnqueuedAt, now), Load(now));
            shed = Shed(now);
        }

        next.Grant(new Permit(this, _time.GetElapsedTime(next.EnqueuedAt, now)), now);
        shed?.ForEach(Reject);
    }

    private ValueTask<Permit> WaitAsync(Deadline deadline, object? caller, CancellationToken cancellationToken)
    {
        GateLoad load;
        Arrival arrival;
        GateWaiter? waiter = null;
        GateWaiter? replaced = null;
        using (_lock.Enter())
        {
            if (_closed)
            {
                return ValueTask.FromException<Permit>(SessionRejectedException.ShuttingDown(EngineName));
            }

            if (_state.TakeOrAddWaiter())   // one may have become free since the fast path checked
            {
                Recorder?.Note(GateEventKind.Entered);
                return new(new Permit(this, TimeSpan.Zero));
            }

            var now = _time.GetTimestamp();
            load = Load(now);
            arrival = _policy.Arrive(load, deadline);
            if (arrival.Verdict is ArrivalVerdict.TooLong or ArrivalVerdict.QueueFull)
            {
                _state.RemoveWaiter();
            }
            else
            {
                if (arrival.Verdict == ArrivalVerdict.QueueForOldest)
                {
                    replaced = _queue.First!.Value;
                    TryRemove(replaced);
                }

                _queuedSince = load.Waiting == 0 ? now : _queuedSince;
                waiter = _spare.TryPop(out var spare) ? spare : new GateWaiter(this);
                waiter.Arm(now, caller, deadline, cancellationToken);
                _queue.AddLast(waiter.Node);
                Recorder?.Note(GateEventKind.Queued, waiter.CallerId, deadline.Left);
                _timer.Expect(deadline.Timestamp, now);
            }
        }

        if (waiter is null)
        {
            return ValueTask.FromException<Permit>(
                Rejection(arrival.Verdict, TimeSpan.Zero, load.ExpectedWait, arrival.Limit));
        }

        replaced?.Fail(Rejection(ArrivalVerdict.QueueForOldest, Waited(replaced)));

        // From here on it may be completed at any time; its result is not taken before this method returns.
        var task = waiter.Task;
        waiter.Watch();
        return task;
    }

    /// <summary>Under the lock: removes a waiter from the queue. The caller that succeeds completes it.</summary>
    private bool TryRemove(GateWaiter waiter)
    {
        if (waiter.Node.List is null)
        {
            return false;
        }

        _queue.Remove(waiter.Node);
        _state.RemoveWaiter();
        return true;
    }

    private void OnTimer()
    {
        List<GateWaiter> late = [];
        List<GateWaiter>? shed;
        GateSnapshot before = default;
        using (_lock.Enter())
        {
            var now = _time.GetTimestamp();
            if (now >= _timer.Deadline)
            {
                (before, late) = (Snapshot(now), Expired(now));
                before = before with { ResumeLag = _lag.Recent(now, _time) };
            }

            shed = Shed(now);
            _timer.Rearm(_queue.Count > 0, now);
        }

        if (late.Count > 0)
        {
            Interlocked.Add(ref _timedOut, late.Count);
            var report = Report(default, before);
            foreach (var waiter in late)
            {
                Recorder?.Note(GateEventKind.TimedOut, waiter.CallerId);
                var wait = new PoolWait { Queue = Waited(waiter) };
                waiter.Fail(new PoolTimeoutException(waiter.Deadline.Limit, report.After(wait)));
            }
        }

        shed?.ForEach(Reject);
    }

    /// <summary>Under the lock: removes those whose deadline has passed, and finds the next deadline.</summary>
    private List<GateWaiter> Expired(long now)
    {
        var late = _queue.Where(waiter => waiter.Deadline.Timestamp <= now).ToList();
        foreach (var waiter in late)
        {
            TryRemove(waiter);
            _lag.Note(_time.GetElapsedTime(waiter.Deadline.Timestamp, now), now, _time);   // the timer came late
        }

        _timer.Deadline = _queue.Count == 0 ? long.MaxValue : _queue.Min(static waiter => waiter.Deadline.Timestamp);
        return late;
    }

    /// <summary>Under the lock: removes those that the policy rejects; null if there are none.</summary>
    private List<GateWaiter>? Shed(long now)
    {
        var count = _queue.Count == 0 ? 0 : _policy.Shed(_queue, Load(now));
        return count == 0 ? null : RemoveOldest(count);
    }

    private List<GateWaiter> RemoveOldest(int count)
    {
        var oldest = _queue.Take(count).ToList();
        oldest.ForEach(waiter => TryRemove(waiter));
        return oldest;
    }

    private void Reject(GateWaiter waiter) => waiter.Fail(Rejection(ArrivalVerdict.Queue, Waited(waiter)));

    private SessionRejectedException Rejection(
        ArrivalVerdict verdict, TimeSpan waited, TimeSpan expected = default, TimeSpan limit = default)
    {
        Recorder?.Note(GateEventKind.Rejected);
        return _rejections.Next(verdict, waited, expected, limit);
    }

    private GateSnapshot Snapshot(long now)
    {
        var load = Load(now);
        return new GateSnapshot
        {
            Permits = _permits,
            InUse = _state.InUse(_permits),
            Waiting = load.Waiting,
            OldestWait = load.OldestWait,
            RecentHold = load.KnowsHold ? load.Hold : TimeSpan.Zero,
            IsOverloaded = _policy.IsOverload,
            ResumeLag = _lag.Recent(now, _time),
            TimedOut = Volatile.Read(ref _timedOut),
            Rejected = _rejections.Count,
            IsClosed = _closed,
        };
    }

    private GateLoad Load(long now)
    {
        var oldest = _queue.First?.Value;
        return new GateLoad
        {
            Now = now,
            Permits = _permits,
            Waiting = _queue.Count,
            OldestWait = oldest is null ? TimeSpan.Zero : _time.GetElapsedTime(oldest.EnqueuedAt, now),
            Hold = _hold.At(oldest is null ? now : _queuedSince, now),
            KnowsHold = _hold.IsKnown,
        };
    }

    private TimeSpan Waited(GateWaiter waiter) => _time.GetElapsedTime(waiter.EnqueuedAt);
}
