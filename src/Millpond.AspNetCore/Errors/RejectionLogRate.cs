namespace Millpond.AspNetCore.Errors;

/// <summary>Lets ten messages about requests that were turned away pass a second: in an overload there are thousands, and they
/// say the same.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class RejectionLogRate(TimeProvider time)
{
    private const int MaxPerSecond = 10;

    private readonly Lock _lock = new();
    private long _since = time.GetTimestamp();
    private int _passed;
    private int _kept;

    /// <summary>Says whether the next may pass, and how many did not since the last.</summary>
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
