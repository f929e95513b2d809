using Millpond.Admission;

namespace Millpond.Tests.Admission.Simulation;

/// <summary>The usual way of shedding, for comparison: oldest first, and calm as soon as the queue is short.</summary>
internal sealed class PlainCoDel(TimeSpan target, TimeProvider time) : AdmissionPolicy
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(0.4);

    private long _since = time.GetTimestamp();
    private TimeSpan _least = TimeSpan.MaxValue;
    private bool _slow;

    public override TimeSpan Tick => TimeSpan.FromMilliseconds(10);

    public override bool IsOverload => _slow;

    public override Arrival Arrive(in GateLoad load, Deadline deadline) =>
        new(load.ExpectedWait > MaxWait ? ArrivalVerdict.TooLong : ArrivalVerdict.Queue, MaxWait);

    public override GateWaiter Next(LinkedList<GateWaiter> queue) => queue.First!.Value;

    public override void Served(TimeSpan waited, in GateLoad load)
    {
        _least = waited < _least ? waited : _least;
        if (time.GetElapsedTime(_since, load.Now) >= Interval)
        {
            (_slow, _least, _since) = (_least > target, TimeSpan.MaxValue, load.Now);
        }
    }

    public override int Shed(LinkedList<GateWaiter> queue, in GateLoad load)
    {
        var now = load.Now;
        var limit = 2 * target;
        return _slow ? queue.TakeWhile(waiter => time.GetElapsedTime(waiter.EnqueuedAt, now) > limit).Count() : 0;
    }
}
