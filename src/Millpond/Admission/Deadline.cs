namespace Millpond.Admission;

/// <summary>The moment by which a caller must have its connection: one for queue, open and reset together (G02).</summary>
internal readonly struct Deadline
{
    private readonly long _ticks;

    private Deadline(TimeProvider time, long ticks, TimeSpan limit, bool coversHold)
    {
        Time = time;
        _ticks = ticks;
        Limit = limit;
        CoversHold = coversHold;
    }

    public TimeProvider Time { get; }

    public TimeSpan Limit { get; }

    public long Timestamp => _ticks;

    /// <summary>Gets whether the work itself must be done by then too, not only the wait for its connection.</summary>
    public bool CoversHold { get; }

    public TimeSpan Left
    {
        get
        {
            var left = Time.GetElapsedTime(Time.GetTimestamp(), _ticks);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public Deadline Within(Deadline other) =>
        other._ticks >= _ticks ? this : new(Time, other._ticks, other.Left < Limit ? other.Left : Limit, other.CoversHold);

    public static Deadline After(TimeSpan limit, TimeProvider time, bool coversHold = false) =>
        new(time, time.GetTimestamp() + (long)(limit.TotalSeconds * time.TimestampFrequency), limit, coversHold);
}
