namespace Millpond.Engine.Capacity;

/// <summary>Lets one warning of a kind pass a minute: a full log hides what it repeats.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class WarningPace(TimeProvider time)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

    private long? _last;

    /// <summary>Says whether the next may pass, and counts it if so.</summary>
    public bool Next()
    {
        if (_last is { } last && time.GetElapsedTime(last) < Pace)
        {
            return false;
        }

        _last = time.GetTimestamp();
        return true;
    }
}
