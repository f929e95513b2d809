using System.Diagnostics;

namespace Millpond.Load.Arrivals;

/// <summary>Waits for an instant with sub-millisecond precision: it sleeps, then yields its core until the time has come.
/// Yielding may take a fifth of a core. If it would take more, because of many arrivals per second, it sleeps instead and is up
/// to a millisecond late.</summary>
/// <remarks>For use by one thread.</remarks>
internal sealed class ArrivalClock
{
    private const double Sleepable = 1.25;   // milliseconds that a sleep of 1 ms can take
    private const double Share = 0.2;

    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _spun;

    /// <summary>Gets the time since its creation.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    public void WaitUntil(TimeSpan due, CancellationToken cancellationToken)
    {
        for (var now = Elapsed; now < due && !cancellationToken.IsCancellationRequested; now = Elapsed)
        {
            var left = (due - now).TotalMilliseconds;
            if (left >= Sleepable)
            {
                Thread.Sleep((int)Math.Min(left - 0.25, 100));   // in pieces, to notice a cancellation
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
