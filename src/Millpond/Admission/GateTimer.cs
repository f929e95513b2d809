namespace Millpond.Admission;

/// <summary>The timer for the deadlines of a gate's queue and for its policy. It runs only while callers wait.</summary>
/// <remarks>Under the gate's lock.</remarks>
internal sealed class GateTimer : IDisposable
{
    // Many deadlines close together are handled by one scan of the queue.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(1);

    private readonly TimeProvider _time;
    private readonly TimeSpan _tick;
    private readonly ITimer _timer;
    private long _due = long.MaxValue;

    public GateTimer(TimeProvider time, TimeSpan tick, TimerCallback ring)
    {
        (_time, _tick) = (time, tick);
        using (ExecutionContext.SuppressFlow())   // the timer outlives its creator's context
        {
            _timer = time.CreateTimer(ring, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Gets or sets the earliest deadline of the queue.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>Makes sure that the timer fires for a new waiter.</summary>
    public void Expect(long deadline, long now)
    {
        Deadline = Math.Min(Deadline, deadline);
        Set(deadline, now);
    }

    /// <summary>Restarts the timer if callers still wait.</summary>
    public void Rearm(bool anybodyWaits, long now)
    {
        _due = long.MaxValue;
        if (anybodyWaits)
        {
            Set(Math.Max(Deadline, Later(now, Pause)), now);
        }
        else
        {
            Deadline = long.MaxValue;
        }
    }

    public void Dispose() => _timer.Dispose();

    /// <remarks>Never immediately: a source of time may call back within this call, which is under the lock.</remarks>
    private void Set(long deadline, long now)
    {
        var due = _tick == Timeout.InfiniteTimeSpan ? deadline : Math.Min(deadline, Later(now, _tick));
        if (due < _due)
        {
            var left = due > now ? _time.GetElapsedTime(now, due) : TimeSpan.Zero;
            _due = due;
            _timer.Change(left > Soonest ? left : Soonest, Timeout.InfiniteTimeSpan);
        }
    }

    private long Later(long now, TimeSpan by) => now + (long)(by.TotalSeconds * _time.TimestampFrequency);
}
