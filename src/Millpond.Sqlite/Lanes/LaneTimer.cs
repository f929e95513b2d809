namespace Millpond.Sqlite.Lanes;

/// <summary>Tells when the work that runs on a lane has run too long. Nothing is made before the first limit.</summary>
/// <remarks>Called under the lane's lock, but for what it calls itself.</remarks>
internal sealed class LaneTimer(TimeProvider time, Action<LaneWork> tooLong)
{
    // Timers count whole milliseconds and may come a part of one too early.
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(1);

    private ITimer? _timer;
    private LaneWork? _work;
    private long _began;

    /// <summary>Begins to watch over work that has a limit.</summary>
    public void Begin(LaneWork work)
    {
        if (work.Limit is { } limit)
        {
            _work = work;
            _began = time.GetTimestamp();
            _timer ??= time.CreateTimer(
                static self => ((LaneTimer)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Says whether the time of the work that is watched over is up. A late call may be about the one before.</summary>
    public bool IsUp(LaneWork work)
    {
        var left = work.Limit!.Value - time.GetElapsedTime(_began);
        if (left <= TimeSpan.Zero)
        {
            return true;
        }

        _timer!.Change(left + Round, Timeout.InfiniteTimeSpan);
        return false;
    }

    /// <summary>Ends the watch.</summary>
    public void End(LaneWork work)
    {
        if (work.Limit is not null)
        {
            work.Ran = time.GetElapsedTime(_began);
            _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _work = null;
        }
    }

    /// <summary>Ends it for good.</summary>
    public void Stop() => _timer?.Dispose();

    private void Look()
    {
        if (_work is { } work)
        {
            tooLong(work);
        }
    }
}
