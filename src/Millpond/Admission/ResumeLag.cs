namespace Millpond.Admission;

/// <summary>How late a granted caller resumes, which shows a blocked thread pool (G21).</summary>
/// <remarks>Keeps the longest of the last seconds. Under the gate's lock.</remarks>
internal struct ResumeLag
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private TimeSpan _longest;
    private long _seenAt;

    public void Note(TimeSpan lag, long now, TimeProvider time)
    {
        if (lag >= Recent(now, time))
        {
            _longest = lag;
            _seenAt = now;
        }
    }

    public readonly TimeSpan Recent(long now, TimeProvider time) =>
        _longest > TimeSpan.Zero && time.GetElapsedTime(_seenAt, now) <= Memory ? _longest : TimeSpan.Zero;
}
