namespace Millpond.Admission;

/// <summary>The time by which a caller must have its connection, including queue, opening and reset (G02).</summary>
/// <param name="Time">The source of time.</param>
/// <param name="Timestamp">The deadline.</param>
/// <param name="Limit">The caller's whole time limit.</param>
/// <param name="CoversHold">Whether the work itself must be done by then too, not only the wait for its connection.</param>
internal readonly record struct Deadline(TimeProvider Time, long Timestamp, TimeSpan Limit, bool CoversHold)
{
    public TimeSpan Left
    {
        get
        {
            var left = Time.GetElapsedTime(Time.GetTimestamp(), Timestamp);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public Deadline Within(Deadline other) =>
        other.Timestamp >= Timestamp ? this : other with { Time = Time, Limit = other.Left < Limit ? other.Left : Limit };

    public static Deadline After(TimeSpan limit, TimeProvider time, bool coversHold = false) =>
        new(time, time.GetTimestamp() + (long)(limit.TotalSeconds * time.TimestampFrequency), limit, coversHold);
}
