namespace Millpond.Admission;

/// <summary>Tells a demand that is more than can be served from a crowd that is (G04).</summary>
/// <remarks>
/// <para>A burst, and a fixed number of clients who each come again when they were served, have a long queue too; nobody is
/// helped by turning them away, for all of them are served at the same pace. So it is an overload only when even the shortest
/// wait stayed long for a whole interval, clearly more came in its second half than were served, <i>and</i> the wait has come to
/// matter: to the deadline of who comes, or to somebody who gave up; or when somebody had to be refused.</para>
/// <para>Under the gate's lock.</para>
/// </remarks>
internal sealed class QueueDelay(TimeProvider time)
{
    // Chance makes the two differ by a few percent in a second.
    private const double Surplus = 1.1;

    private long? _longSince;
    private long? _lastShort;
    private long _calmFrom;
    private int _came;
    private int _served;
    private bool _refused;
    private bool _gaveUp;
    private bool _inSecondHalf;

    /// <summary>Gets whether more come than can be served.</summary>
    public bool IsOverload { get; private set; }

    /// <summary>Notes that somebody came who has to wait.</summary>
    public void NoteCame() => _came++;

    /// <summary>Notes that somebody was refused because the queue is as long as it may be.</summary>
    public void NoteRefused() => _refused = true;

    /// <summary>Notes that somebody left who had waited for long: a client whose patience only it knows.</summary>
    public void NoteGaveUp() => _gaveUp = true;

    /// <summary>Notes how long somebody had waited who is served now; zero: nobody waits.</summary>
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

    /// <summary>Notes that somebody has waited for long by now, whether or not anybody is served.</summary>
    public void NoteLong(long now)
    {
        if (_longSince is null)
        {
            (_longSince, _came, _served, _refused, _gaveUp, _inSecondHalf) = (now, 0, 0, false, false, false);
        }
    }

    /// <summary>Notes that somebody was turned away because of the overload.</summary>
    public void NoteShed(long now) => _calmFrom = now;

    /// <summary>Judges the interval that ends now.</summary>
    /// <param name="interval">How long one is.</param>
    /// <param name="now">The present timestamp.</param>
    /// <param name="matters">Whether who comes now would wait so long that it matters to its deadline.</param>
    public void Judge(TimeSpan interval, long now, bool matters)
    {
        if (IsOverload)
        {
            // A short queue alone is no sign of calm while it is kept short by turning people away.
            var isCalm = time.GetElapsedTime(_calmFrom, now) >= interval
                && _lastShort is { } seen && time.GetElapsedTime(seen, now) <= interval;
            IsOverload = !isCalm;
        }
        else if (_longSince is { } since && time.GetElapsedTime(since, now) is var passed)
        {
            if (passed >= interval)
            {
                IsOverload = _refused || ((matters || _gaveUp) && _came > _served * Surplus);
                (_longSince, _calmFrom) = (null, now);   // the next interval, if the waits stay long
            }
            else if (!_inSecondHalf && passed >= interval / 2)
            {
                (_inSecondHalf, _came, _served) = (true, 0, 0);   // a burst has come by then
            }
        }
    }
}
