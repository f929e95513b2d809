namespace Millpond.Admission;

/// <summary>Distinguishes overload from a crowd that can be served (G04).</summary>
/// <remarks>A burst, or a fixed number of clients in a closed loop, also makes a long queue, but rejecting them helps nobody.
/// So the pool is overloaded only if even the shortest wait stayed long for a whole interval, clearly more callers came in its
/// second half than were served, <i>and</i> the wait matters: to the deadline of a new caller, or to a caller that gave up; or
/// if a caller had to be rejected. Under the gate's lock.</remarks>
internal sealed class QueueDelay(TimeProvider time)
{
    // By chance the two differ by a few percent in a second.
    private const double Surplus = 1.1;

    private long? _longSince;
    private long? _lastShort;
    private long _calmFrom;
    private int _arrivals;
    private int _served;
    private bool _refused;
    private bool _gaveUp;
    private bool _inSecondHalf;

    public bool IsOverload { get; private set; }

    public void NoteArrival() => _arrivals++;

    public void NoteRefused() => _refused = true;

    /// <summary>Records that a caller left after a long wait.</summary>
    public void NoteGaveUp() => _gaveUp = true;

    /// <summary>Records how long the caller that is served now had waited; zero if the queue is empty.</summary>
    public void NoteServed(TimeSpan wait, TimeSpan target, long now)
    {
        _served++;
        if (wait > target)
        {
            NoteLong(now);
        }
        else
        {
            (_longSince, _lastShort) = (null, now);
        }
    }

    /// <summary>Records a long wait, whether or not it is over.</summary>
    public void NoteLong(long now)
    {
        if (_longSince is null)
        {
            (_longSince, _arrivals, _served, _refused, _gaveUp, _inSecondHalf) = (now, 0, 0, false, false, false);
        }
    }

    public void NoteShed(long now) => _calmFrom = now;

    /// <summary>Evaluates the interval that ends now.</summary>
    /// <param name="interval">The length of an interval.</param>
    /// <param name="now">The current timestamp.</param>
    /// <param name="matters">Whether a new caller's wait would matter to its deadline.</param>
    public void Evaluate(TimeSpan interval, long now, bool matters)
    {
        if (IsOverload)
        {
            // A short queue alone is no sign of calm if rejections keep it short.
            var isCalm = time.GetElapsedTime(_calmFrom, now) >= interval
                && _lastShort is { } seen && time.GetElapsedTime(seen, now) <= interval;
            IsOverload = !isCalm;
        }
        else if (_longSince is { } since && time.GetElapsedTime(since, now) is var passed)
        {
            if (passed >= interval)
            {
                IsOverload = _refused || ((matters || _gaveUp) && _arrivals > _served * Surplus);
                (_longSince, _calmFrom) = (null, now);   // the next interval, if the waits stay long
            }
            else if (!_inSecondHalf && passed >= interval / 2)
            {
                (_inSecondHalf, _arrivals, _served) = (true, 0, 0);   // a burst has come by then
            }
        }
    }
}
