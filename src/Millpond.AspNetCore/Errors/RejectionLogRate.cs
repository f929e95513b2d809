namespace Millpond.AspNetCore.Errors;

/// <summary>Limits log messages about rejected requests to ten per second. Under overload there would be thousands of equal
/// ones.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class RejectionLogRate(TimeProvider time)
{
    private const int MaxPerSecond = 10;

    private readonly Lock _lock = new();
    private long _since = time.GetTimestamp();
    private int _passed;
    private int _kept;

    /// <summary>Returns whether the next message may be logged, and how many were suppressed since the last one.</summary>
    public bool Next(out int others)
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_since) >= TimeSpan.FromSeconds(1))
            {
                (_since, _passed) = (time.GetTimestamp(), 0);
            }

            others = 0;
            if (_passed >= MaxPerSecond)
            {
                _kept++;
                return false;
            }

            _passed++;
            (others, _kept) = (_kept, 0);
            return true;
        }
    }
}
