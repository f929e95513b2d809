using System.Diagnostics;

namespace Millpond.Load.Arrivals;

/// <summary>
/// Waits on its caller's thread until an instant, to a fraction of a millisecond: it sleeps, then gives its core to others again
/// and again until the time has come. That last part may take a fifth of a core; where it would take more, at many arrivals a
/// second, it sleeps that part too and is up to a millisecond late.
/// </summary>
/// <remarks>For one thread.</remarks>
internal sealed class ArrivalClock
{
    private const double Sleepable = 1.25;   // milliseconds: what a sleep of 1 ms can take
    private const double Share = 0.2;

    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _spun;

    /// <summary>Gets the time since this was made.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    public void WaitUntil(TimeSpan due, CancellationToken cancellationToken)
    {
        for (var now = Elapsed; now < due && !cancellationToken.IsCancellationRequested; now = Elapsed)
        {
            var left = (due - now).TotalMilliseconds;
            if (left >= Sleepable)
            {
                Thread.Sleep((int)Math.Min(left - 0.25, 100));   // in pieces: somebody may cancel
            }
            else if (_spun > now * Share)
            {
                Thread.Sleep(1);
            }
            else
            {
                Thread.Yield();
                _spun += Elapsed - now;
            }
        }
    }
}
