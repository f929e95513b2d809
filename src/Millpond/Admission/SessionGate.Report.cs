namespace Millpond.Admission;

/// <content>What it tells about itself.</content>
internal sealed partial class SessionGate
{
    // In an overload thousands are turned away in a second: they are told the same holders.
    private static readonly TimeSpan ReportAge = TimeSpan.FromMilliseconds(100);

    private long _rejected;
    private volatile PoolReport? _lastReport;
    private long _lastReportAt;

    /// <summary>Gets what a permit stands for, as messages say it.</summary>
    public string Grants { get; init; } = "connection";

    /// <summary>Gets the name of the engine that it belongs to; by default its own.</summary>
    public string EngineName { get => field ?? _name; init; }

    /// <summary>Gets whether the options can give it more permits: not where the database has one of them only.</summary>
    public bool CanGrow { get; init; } = true;

    /// <summary>Gets who can say which operations hold the permits; never called under the gate's lock.</summary>
    public Func<IReadOnlyList<HolderShare>> Holders { get; init; } = static () => [];

    public GateSnapshot GetSnapshot()
    {
        using (_lock.Enter())
        {
            return Snapshot(_time.GetTimestamp());
        }
    }

    /// <summary>Lists those who wait, the oldest first.</summary>
    public List<GateWaiting> GetWaiters(int most)
    {
        using (_lock.Enter())
        {
            return [.. _queue.Take(most).Select(waiter => new GateWaiting(waiter.Caller, Waited(waiter)))];
        }
    }

    /// <summary>Says what there is to say about the pool to whoever got nothing out of it.</summary>
    public PoolReport Report(PoolWait wait) => Report(GetSnapshot(), wait);

    private PoolReport Report(GateSnapshot snapshot, PoolWait wait) => new()
    {
        PoolName = _name,
        Grants = Grants,
        CanGrow = CanGrow,
        Gate = snapshot,
        Wait = wait with { ResumeLag = snapshot.ResumeLag },
        Holders = Holders(),
    };

    /// <summary>Under the lock.</summary>
    private GateSnapshot Snapshot(long now)
    {
        var load = Load(now);
        return new GateSnapshot
        {
            Permits = _permits,
            InUse = _permits + _owed - (int)(Volatile.Read(ref _state) & uint.MaxValue),
            Waiting = load.Waiting,
            OldestWait = load.OldestWait,
            RecentHold = load.KnowsHold ? load.Hold : TimeSpan.Zero,
            IsOverloaded = _policy.IsOverload,
            ResumeLag = _lag.Recent(now, _time),
            TimedOut = Volatile.Read(ref _timedOut),
            Rejected = Volatile.Read(ref _rejected),
            IsClosed = _closed,
        };
    }

    /// <summary>Under the lock.</summary>
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

    private SessionRejectedException Refusal(Refused refused)
    {
        if (_closed)
        {
            return SessionRejectedException.ShuttingDown(EngineName);
        }

        Interlocked.Increment(ref _rejected);
        return SessionRejectedException.Overloaded(
            RecentReport(), refused.Arrival.Verdict, TimeSpan.Zero, refused.Expected, refused.Arrival.Limit);
    }

    private SessionRejectedException Rejected(GateWaiter waiter, ArrivalVerdict verdict)
    {
        Interlocked.Increment(ref _rejected);
        return SessionRejectedException.Overloaded(RecentReport(), verdict, Waited(waiter), default, default);
    }

    private PoolReport RecentReport()
    {
        var now = _time.GetTimestamp();
        var last = _lastReport;
        if (last is null || _time.GetElapsedTime(Volatile.Read(ref _lastReportAt), now) > ReportAge)
        {
            Volatile.Write(ref _lastReportAt, now);   // whoever comes meanwhile is told the last one
            _lastReport = last = Report(default(PoolWait));
        }

        return last;
    }
}
