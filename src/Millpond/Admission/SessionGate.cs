namespace Millpond.Admission;

/// <summary>Hands out a fixed number of permits, first come, first served, each caller within its deadline.</summary>
/// <remarks>
/// <para>The whole state is one word: how many permits are free (low half) and how many callers queue (high half). Free permits
/// and a queue never coexist. Entering and releasing without a queue is one compare-and-swap; everything that touches the queue
/// happens under the lock, and the queue's length changes together with the word. So a release that sees nobody waiting and a
/// caller that finds nothing free cannot miss each other: they swap the same word.</para>
/// <para>Thread-safe. Time comes from the provider alone.</para>
/// </remarks>
internal sealed class SessionGate : IDisposable
{
    private const long OneWaiter = 1L << 32;
    private const int ReusedWaiters = 1_024;

    // Many deadlines close together are served by one scan of the queue rather than by one each.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly Lock _lock = new();
    private readonly LinkedList<GateWaiter> _queue = new();
    private readonly Stack<GateWaiter> _spare = new();
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly AdmissionPolicy _policy;
    private readonly ITimer _timer;
    private long _state;
    private long _nextDue = long.MaxValue;
    private long _timedOut;
    private ResumeLag _lag;
    private volatile bool _closed;

    public SessionGate(string name, int permits, TimeProvider time, AdmissionPolicy? policy = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permits, 1);
        _name = name;
        _time = time;
        _policy = policy ?? FirstComeFirstServed.Instance;
        Permits = permits;
        _state = permits;
        using (ExecutionContext.SuppressFlow())   // the timer outlives its creator's context
        {
            var never = Timeout.InfiniteTimeSpan;
            _timer = time.CreateTimer(static gate => ((SessionGate)gate!).Expire(), this, never, never);
        }
    }

    public int Permits { get; }

    /// <summary>Gets what a permit stands for, as messages say it.</summary>
    public string Grants { get; init; } = "connection";

    /// <summary>Gets the name of the engine that it belongs to; by default its own.</summary>
    public string EngineName { get => field ?? _name; init; }

    /// <summary>Gets whether the options can give it more permits: not where the database has one of them only.</summary>
    public bool CanGrow { get; init; } = true;

    /// <summary>Gets who can say which operations hold the permits; never called under the gate's lock.</summary>
    public Func<IReadOnlyList<HolderShare>> Holders { get; init; } = static () => [];

    public bool IsClosed => _closed;

    /// <summary>Waits for a permit.</summary>
    /// <param name="deadline">When to give up.</param>
    /// <param name="caller">Who waits, for <see cref="GetWaiters"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="PoolTimeoutException">The deadline passed first.</exception>
    /// <exception cref="SessionRejectedException">The gate is closed, or its policy turned the caller away.</exception>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled first.</exception>
    public ValueTask<Permit> EnterAsync(Deadline deadline, object? caller, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryEnter(out var permit) ? new(permit) : WaitAsync(deadline, caller, cancellationToken);
    }

    /// <summary>Takes a permit if one is free and nobody waits for it.</summary>
    public bool TryEnter(out Permit permit)
    {
        if (!_closed && TryTakeFree())
        {
            permit = new Permit(this, TimeSpan.Zero);
            return true;
        }

        permit = default;
        return false;
    }

    public GateSnapshot GetSnapshot()
    {
        lock (_lock)
        {
            var state = Volatile.Read(ref _state);
            return new GateSnapshot
            {
                Permits = Permits,
                InUse = Permits - (int)(state & uint.MaxValue),
                Waiting = _queue.Count,
                OldestWait = _queue.First is { } first ? _time.GetElapsedTime(first.Value.EnqueuedAt) : TimeSpan.Zero,
                ResumeLag = _lag.Recent(_time.GetTimestamp(), _time),
                TimedOut = Volatile.Read(ref _timedOut),
                IsClosed = _closed,
            };
        }
    }

    /// <summary>Lists those who wait, the oldest first.</summary>
    public List<GateWaiting> GetWaiters(int most)
    {
        lock (_lock)
        {
            return [.. _queue.Take(most).Select(waiter => new GateWaiting(
                waiter.Caller, _time.GetElapsedTime(waiter.EnqueuedAt)))];
        }
    }

    /// <summary>Says what there is to say about the pool to whoever got nothing out of it.</summary>
    public PoolReport Report(PoolWait wait) => Report(GetSnapshot(), wait);

    /// <summary>Turns away everyone who waits and everyone who comes; permits that are out come back as usual.</summary>
    public void Close()
    {
        GateWaiter[] waiting;
        lock (_lock)
        {
            _closed = true;
            waiting = [.. _queue];
            _queue.Clear();
            Interlocked.Add(ref _state, -OneWaiter * waiting.Length);
        }

        foreach (var waiter in waiting)
        {
            waiter.Fail(SessionRejectedException.ShuttingDown(EngineName));
        }
    }

    public void Dispose()
    {
        Close();
        _timer.Dispose();
    }

    internal void Release()
    {
        var state = Volatile.Read(ref _state);
        while (state < OneWaiter)   // nobody waits: the permit becomes free
        {
            var seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
            {
                return;
            }

            state = seen;
        }

        HandOver();
    }

    /// <summary>
    /// Called by a waiter's token. A waiter that was granted a moment earlier keeps its grant and its holder gives it back.
    /// </summary>
    internal void Cancel(GateWaiter waiter)
    {
        lock (_lock)
        {
            if (!TryRemove(waiter))
            {
                return;
            }
        }

        waiter.Cancel();
    }

    /// <summary>Takes a waiter back whose result was taken.</summary>
    internal void Reuse(GateWaiter waiter, long grantedAt)
    {
        var now = _time.GetTimestamp();
        lock (_lock)
        {
            if (grantedAt != 0)
            {
                _lag.Note(_time.GetElapsedTime(grantedAt, now), now, _time);
            }

            if (_spare.Count < ReusedWaiters)
            {
                _spare.Push(waiter);
            }
        }
    }

    private bool TryTakeFree()
    {
        var state = Volatile.Read(ref _state);
        while (state is > 0 and < OneWaiter)
        {
            var seen = Interlocked.CompareExchange(ref _state, state - 1, state);
            if (seen == state)
            {
                return true;
            }

            state = seen;
        }

        return false;
    }

    private PoolReport Report(GateSnapshot snapshot, PoolWait wait) => new()
    {
        PoolName = _name,
        Grants = Grants,
        CanGrow = CanGrow,
        Gate = snapshot,
        Wait = wait with { ResumeLag = snapshot.ResumeLag },
        Holders = Holders(),
    };

    private ValueTask<Permit> WaitAsync(Deadline deadline, object? caller, CancellationToken cancellationToken)
    {
        var waiter = Enqueue(deadline, caller, out var refused, cancellationToken);
        if (waiter is null)
        {
            return refused ? ValueTask.FromException<Permit>(Refusal()) : new(new Permit(this, TimeSpan.Zero));
        }

        // From here on it may be settled at any moment; nobody takes its result before this method returns.
        var task = waiter.Task;
        waiter.Watch();
        return task;
    }

    private SessionRejectedException Refusal() =>
        _closed ? SessionRejectedException.ShuttingDown(EngineName) : SessionRejectedException.Overloaded(Report(default));

    /// <summary>Joins the queue.</summary>
    /// <returns>The place in it; null: refused, or a permit was taken instead.</returns>
    private GateWaiter? Enqueue(Deadline deadline, object? caller, out bool refused, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            refused = _closed;
            if (refused || TryTakeFreeOrCountWaiter())   // a permit may have come free since the fast path looked
            {
                return null;
            }

            if (!_policy.MayQueue(_queue.Count, deadline))
            {
                Interlocked.Add(ref _state, -OneWaiter);
                refused = true;
                return null;
            }

            var waiter = _spare.TryPop(out var spare) ? spare : new GateWaiter(this);
            waiter.Arm(_time.GetTimestamp(), caller, deadline, cancellationToken);
            _queue.AddLast(waiter.Node);
            if (deadline.Timestamp < _nextDue)
            {
                SetTimer(deadline.Timestamp, deadline.Left);
            }

            return waiter;
        }
    }

    /// <summary>Under the lock: takes a free permit, or adds one to the number of waiters in the same swap.</summary>
    private bool TryTakeFreeOrCountWaiter()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            var free = state is > 0 and < OneWaiter;
            var next = free ? state - 1 : state + OneWaiter;
            if (Interlocked.CompareExchange(ref _state, next, state) == state)
            {
                return free;
            }
        }
    }

    private void HandOver()
    {
        GateWaiter next;
        var now = _time.GetTimestamp();
        lock (_lock)
        {
            if (_queue.Count == 0)   // the last waiter left between the swap that saw it and this lock
            {
                Interlocked.Increment(ref _state);
                return;
            }

            next = _policy.Next(_queue);
            TryRemove(next);
        }

        next.Grant(new Permit(this, _time.GetElapsedTime(next.EnqueuedAt, now)), now);
    }

    /// <summary>Under the lock: takes a waiter out of the queue. Whoever succeeds settles it.</summary>
    private bool TryRemove(GateWaiter waiter)
    {
        if (waiter.Node.List is null)
        {
            return false;
        }

        _queue.Remove(waiter.Node);
        Interlocked.Add(ref _state, -OneWaiter);
        return true;
    }

    private void Expire()
    {
        List<GateWaiter> late = [];
        var before = GetSnapshot();
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            var earliest = long.MaxValue;
            for (var node = _queue.First; node is not null;)
            {
                var waiter = node.Value;
                node = node.Next;
                if (waiter.Deadline.Timestamp <= now)
                {
                    TryRemove(waiter);
                    late.Add(waiter);
                    _lag.Note(_time.GetElapsedTime(waiter.Deadline.Timestamp, now), now, _time);   // the timer came late
                }
                else
                {
                    earliest = Math.Min(earliest, waiter.Deadline.Timestamp);
                }
            }

            if (earliest == long.MaxValue)
            {
                _nextDue = long.MaxValue;
            }
            else
            {
                var left = _time.GetElapsedTime(now, earliest);
                SetTimer(earliest, left > Tick ? left : Tick);
            }

            before = before with { ResumeLag = _lag.Recent(now, _time) };
        }

        if (late.Count == 0)
        {
            return;
        }

        Interlocked.Add(ref _timedOut, late.Count);
        var report = Report(before, default);
        foreach (var waiter in late)
        {
            var queued = new PoolWait { Queue = _time.GetElapsedTime(waiter.EnqueuedAt), ResumeLag = report.Wait.ResumeLag };
            waiter.Fail(new PoolTimeoutException(waiter.Deadline.Limit, report.After(queued)));
        }
    }

    private void SetTimer(long due, TimeSpan left)
    {
        _nextDue = due;
        _timer.Change(left, Timeout.InfiniteTimeSpan);
    }
}
