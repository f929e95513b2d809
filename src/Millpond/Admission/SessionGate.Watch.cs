namespace Millpond.Admission;

/// <content>What time does to the queue: deadlines, and the overload's tick.</content>
internal sealed partial class SessionGate
{
    // Many deadlines close together are served by one scan of the queue rather than by one each.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(1);

    private long _nextDue = long.MaxValue;
    private long _nextDeadline = long.MaxValue;
    private long _timedOut;

    /// <summary>Under the lock: makes sure that the timer rings for a new waiter.</summary>
    private void Expect(Deadline deadline, long now)
    {
        _nextDeadline = Math.Min(_nextDeadline, deadline.Timestamp);
        var due = _policy.Tick == Timeout.InfiniteTimeSpan ? long.MaxValue : Later(now, _policy.Tick);
        due = Math.Min(due, deadline.Timestamp);
        if (due < _nextDue)
        {
            SetTimer(due, now);
        }
    }

    private void OnTimer()
    {
        List<GateWaiter>? late = null;
        List<GateWaiter>? dropped;
        GateSnapshot before = default;
        using (_lock.Enter())
        {
            var now = _time.GetTimestamp();
            if (now >= _nextDeadline)
            {
                before = Snapshot(now);
                late = Expired(now);
                before = before with { ResumeLag = _lag.Recent(now, _time) };
            }

            dropped = Shed(now);
            Rearm(now);
        }

        if (late is { Count: > 0 })
        {
            Interlocked.Add(ref _timedOut, late.Count);
            var report = Report(before, default);
            foreach (var waiter in late)
            {
                var queued = new PoolWait { Queue = Waited(waiter), ResumeLag = report.Wait.ResumeLag };
                waiter.Fail(new PoolTimeoutException(waiter.Deadline.Limit, report.After(queued)));
            }
        }

        Drop(dropped);
    }

    /// <summary>Under the lock: takes out whose deadline is over, and finds the next one.</summary>
    private List<GateWaiter> Expired(long now)
    {
        List<GateWaiter> late = [];
        _nextDeadline = long.MaxValue;
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
                _nextDeadline = Math.Min(_nextDeadline, waiter.Deadline.Timestamp);
            }
        }

        return late;
    }

    /// <summary>Under the lock: takes out whom the policy turns away; null: nobody.</summary>
    private List<GateWaiter>? Shed(long now)
    {
        List<GateWaiter>? dropped = null;
        if (_queue.Count > 0)
        {
            for (var left = _policy.Shed(_queue, Load(now)); left > 0; left--)
            {
                var oldest = _queue.First!.Value;
                TryRemove(oldest);
                (dropped ??= []).Add(oldest);
            }
        }

        return dropped;
    }

    private void Drop(List<GateWaiter>? dropped)
    {
        if (dropped is null)
        {
            return;
        }

        foreach (var waiter in dropped)
        {
            waiter.Fail(Rejected(waiter, ArrivalVerdict.Queue));
        }
    }

    /// <summary>Under the lock: sets the timer for the queue that is left; none for an empty one.</summary>
    private void Rearm(long now)
    {
        _nextDue = long.MaxValue;
        if (_queue.Count == 0)
        {
            _nextDeadline = long.MaxValue;
            return;
        }

        var deadline = Math.Max(_nextDeadline, Later(now, Tick));
        SetTimer(_policy.Tick == Timeout.InfiniteTimeSpan ? deadline : Math.Min(deadline, Later(now, _policy.Tick)), now);
    }

    /// <remarks>Never at once: a source of time may ring within the call, and this is under the lock.</remarks>
    private void SetTimer(long due, long now)
    {
        var left = due > now ? _time.GetElapsedTime(now, due) : TimeSpan.Zero;
        _nextDue = due;
        _timer.Change(left > Soonest ? left : Soonest, Timeout.InfiniteTimeSpan);
    }

    private long Later(long now, TimeSpan by) => now + (long)(by.TotalSeconds * _time.TimestampFrequency);

    private TimeSpan Waited(GateWaiter waiter) => _time.GetElapsedTime(waiter.EnqueuedAt);
}
