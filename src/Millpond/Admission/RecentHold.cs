namespace Millpond.Admission;

/// <summary>How long permits were held recently.</summary>
/// <remarks>Thread-safe and lock-free: a mean in which the newest thirty-two count most. Two releases at the same instant may
/// count as one.</remarks>
internal sealed class RecentHold(TimeProvider time)
{
    // Enough to smooth holds that vary as much as they last; few enough to follow a slower database within a second.
    private const int Memory = 32;

    private long _mean;
    private int _count;
    private long _lastEnd;

    public bool IsKnown => Volatile.Read(ref _count) > 0;

    /// <summary>Records that a permit was released which had been held since then; 0: no work was done with it.</summary>
    public void Note(long since)
    {
        if (since == 0)
        {
            return;
        }

        var now = time.GetTimestamp();
        var hold = time.GetElapsedTime(since, now).Ticks;
        var count = Math.Min(Volatile.Read(ref _count) + 1, Memory);
        var mean = Volatile.Read(ref _mean);
        Volatile.Write(ref _mean, mean + ((hold - mean) / count));
        Volatile.Write(ref _count, count);
        NoteEnd(now);
    }

    public void NoteEnd(long now) => Volatile.Write(ref _lastEnd, now);

    /// <summary>Returns the mean, or the time since the last release while all permits are in use, whichever is
    /// longer.</summary>
    public TimeSpan At(long allOutSince, long now)
    {
        var stalled = time.GetElapsedTime(Math.Max(allOutSince, Volatile.Read(ref _lastEnd)), now).Ticks;
        return TimeSpan.FromTicks(Math.Max(Volatile.Read(ref _mean), stalled));
    }
}
