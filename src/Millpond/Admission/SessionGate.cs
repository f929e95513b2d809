namespace Millpond.Admission;

/// <summary>Hands out a bounded number of permits, each caller within its deadline; a policy says in which order, and who is
/// turned away.</summary>
/// <remarks>
/// <para>The whole state is one word: how many permits are free (low half) and how many callers queue (high half). Free permits
/// and a queue never coexist. Entering and releasing without a queue is one compare-and-swap; everything that touches the queue
/// happens under the lock, and the queue's length changes together with the word. So a release that sees nobody waiting and a
/// caller that finds nothing free cannot miss each other: they swap the same word.</para>
/// <para>A gate that was made smaller than its permits in use owes some: a mark in the word, beyond every count of waiters, sends
/// each release into the lock until that many have come back.</para>
/// <para>Thread-safe. Time comes from the provider alone.</para>
/// </remarks>
internal sealed partial class SessionGate : IDisposable
{
    private const long OneWaiter = 1L << 32;
    private const long Owing = 1L << 62;
    private const int ReusedWaiters = 1_024;

    private readonly GateLock _lock = new();
    private readonly LinkedList<GateWaiter> _queue = new();
    private readonly Stack<GateWaiter> _spare = new();
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly AdmissionPolicy _policy;
    private readonly RecentHold _hold;
    private readonly ITimer _timer;
    private long _state;
    private long _queuedSince;
    private int _permits;
    private int _owed;
    private ResumeLag _lag;
    private volatile bool _closed;

    public SessionGate(string name, int permits, TimeProvider time, AdmissionPolicy? policy = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permits, 1);
        _name = name;
        _time = time;
        _policy = policy ?? new FirstComeFirstServed();
        _hold = new RecentHold(time);
        _permits = permits;
        _state = permits;
        using (ExecutionContext.SuppressFlow())   // the timer outlives its creator's context
        {
            var never = Timeout.InfiniteTimeSpan;
            _timer = time.CreateTimer(static gate => ((SessionGate)gate!).OnTimer(), this, never, never);
        }
    }

    /// <summary>Gets how many permits there are.</summary>
    public int Permits => Volatile.Read(ref _permits);

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
        if (!_closed && TryTakeFree(out permit))
        {
            return true;
        }

        permit = default;
        return false;
    }

    /// <summary>Changes how many permits there are. Those in use beyond that come back as usual and are not given out
    /// again.</summary>
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
                Withdraw(-change);
            }
            else
            {
                more = change - PayBack(change);
            }
        }

        for (; more > 0; more--)
        {
            Free();
        }
    }

    /// <summary>Turns away everyone who waits and everyone who comes; permits that are out come back as usual.</summary>
    public void Close()
    {
        GateWaiter[] waiting;
        using (_lock.Enter())
        {
            _closed = true;
            waiting = [.. _queue];
            foreach (var waiter in waiting)
            {
                TryRemove(waiter);
            }
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

    internal void Release(long heldSince)
    {
        _hold.Note(heldSince);
        Free();
    }

    /// <summary>Called by a waiter's token. One that was granted a moment earlier keeps its grant, and its holder gives it back.
    /// </summary>
    internal void Cancel(GateWaiter waiter)
    {
        using (_lock.Enter())
        {
            if (!TryRemove(waiter))
            {
                return;
            }

            var now = _time.GetTimestamp();
            _policy.GaveUp(_time.GetElapsedTime(waiter.EnqueuedAt, now), Load(now));
        }

        waiter.Cancel();
    }

    /// <summary>Takes a waiter back whose result was taken.</summary>
    internal void Reuse(GateWaiter waiter, long grantedAt)
    {
        var now = _time.GetTimestamp();
        using (_lock.Enter())
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

    private bool TryTakeFree(out Permit permit)
    {
        GateSteps.BeforeWord();
        var state = Volatile.Read(ref _state);
        while (state is > 0 and < OneWaiter)
        {
            GateSteps.BeforeWord();
            var seen = Interlocked.CompareExchange(ref _state, state - 1, state);
            if (seen == state)
            {
                permit = new Permit(this, TimeSpan.Zero);
                return true;
            }

            state = seen;
        }

        permit = default;
        return false;
    }

    private void Free()
    {
        GateSteps.BeforeWord();
        var state = Volatile.Read(ref _state);
        while (state < OneWaiter)   // nobody waits, and nothing is owed: the permit becomes free
        {
            GateSteps.BeforeWord();
            var seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
            {
                return;
            }

            state = seen;
        }

        HandOver();
    }

    private ValueTask<Permit> WaitAsync(Deadline deadline, object? caller, CancellationToken cancellationToken)
    {
        var waiter = Enqueue(deadline, caller, out var permit, out var refused, out var replaced, cancellationToken);
        replaced?.Fail(Rejected(replaced, ArrivalVerdict.QueueForOldest));
        if (waiter is null)
        {
            return refused is { } load ? ValueTask.FromException<Permit>(Refusal(load)) : new(permit);
        }

        // From here on it may be settled at any moment; nobody takes its result before this method returns.
        var task = waiter.Task;
        waiter.Watch();
        return task;
    }

    /// <summary>Joins the queue.</summary>
    /// <returns>The place in it; null: refused, or a permit was taken instead.</returns>
    private GateWaiter? Enqueue(
        Deadline deadline,
        object? caller,
        out Permit permit,
        out Refused? refused,
        out GateWaiter? replaced,
        CancellationToken cancellationToken)
    {
        (permit, refused, replaced) = (default, null, null);
        using (_lock.Enter())
        {
            if (_closed)
            {
                refused = default(Refused);
                return null;
            }

            if (TryTakeFreeOrCountWaiter(out permit))   // one may have come free since the fast path looked
            {
                return null;
            }

            var now = _time.GetTimestamp();
            var load = Load(now);
            var arrival = _policy.Arrive(load, deadline);
            if (arrival.Verdict is ArrivalVerdict.TooLong or ArrivalVerdict.QueueFull)
            {
                Interlocked.Add(ref _state, -OneWaiter);
                refused = new Refused(arrival, load.ExpectedWait);
                return null;
            }

            if (arrival.Verdict == ArrivalVerdict.QueueForOldest)
            {
                replaced = _queue.First!.Value;
                TryRemove(replaced);
            }

            if (load.Waiting == 0)
            {
                _queuedSince = now;
            }

            var waiter = _spare.TryPop(out var spare) ? spare : new GateWaiter(this);
            waiter.Arm(now, caller, deadline, cancellationToken);
            _queue.AddLast(waiter.Node);
            Expect(deadline, now);
            return waiter;
        }
    }

    /// <summary>Under the lock: takes a free permit, or adds one to the number of waiters in the same swap.</summary>
    private bool TryTakeFreeOrCountWaiter(out Permit permit)
    {
        while (true)
        {
            GateSteps.BeforeWord();
            var state = Volatile.Read(ref _state);
            var free = state is > 0 and < OneWaiter;
            var next = free ? state - 1 : state + OneWaiter;
            GateSteps.BeforeWord();
            if (Interlocked.CompareExchange(ref _state, next, state) == state)
            {
                permit = free ? new Permit(this, TimeSpan.Zero) : default;
                return free;
            }
        }
    }

    private void HandOver()
    {
        GateWaiter next;
        List<GateWaiter>? dropped;
        long now;
        using (_lock.Enter())
        {
            if (PayBack(1) > 0)
            {
                return;
            }

            if (_queue.Count == 0)   // the last waiter left between the swap that saw it and this lock
            {
                Interlocked.Increment(ref _state);
                return;
            }

            now = _time.GetTimestamp();
            _hold.NoteEnd(now);
            next = _policy.Next(_queue);
            TryRemove(next);
            _policy.Served(_time.GetElapsedTime(next.EnqueuedAt, now), Load(now));
            dropped = Shed(now);
        }

        next.Grant(new Permit(this, _time.GetElapsedTime(next.EnqueuedAt, now)), now);
        Drop(dropped);
    }

    /// <summary>Under the lock: takes a waiter out of the queue. Whoever succeeds settles it.</summary>
    private bool TryRemove(GateWaiter waiter)
    {
        if (waiter.Node.List is null)
        {
            return false;
        }

        _queue.Remove(waiter.Node);
        GateSteps.BeforeWord();
        Interlocked.Add(ref _state, -OneWaiter);
        return true;
    }

    /// <summary>Under the lock: takes permits out of the gate, the free ones now, the others when they come back.</summary>
    private void Withdraw(int permits)
    {
        // First the mark, so that nothing becomes free behind this; then what is free already.
        if (_owed == 0)
        {
            GateSteps.BeforeWord();
            Interlocked.Add(ref _state, Owing);
        }

        _owed += permits;
        while (_owed > 0 && TryTakeMarked())
        {
            _owed--;
        }

        Unmark();
    }

    private bool TryTakeMarked()
    {
        GateSteps.BeforeWord();
        if ((uint)Volatile.Read(ref _state) == 0)
        {
            return false;
        }

        Interlocked.Decrement(ref _state);   // under the mark nobody else takes or frees one
        return true;
    }

    /// <summary>Under the lock: keeps permits that the gate owes, as many as it does.</summary>
    private int PayBack(int permits)
    {
        var paid = Math.Min(permits, _owed);
        if (paid > 0)
        {
            _owed -= paid;
            Unmark();
        }

        return paid;
    }

    private void Unmark()
    {
        if (_owed == 0)
        {
            GateSteps.BeforeWord();
            Interlocked.Add(ref _state, -Owing);
        }
    }

    /// <summary>Why somebody was refused; by default the gate is closed.</summary>
    private readonly record struct Refused(Arrival Arrival, TimeSpan Expected);
}
