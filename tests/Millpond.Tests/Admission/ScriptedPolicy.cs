using Millpond.Admission;

namespace Millpond.Tests.Admission;

/// <summary>A policy whose decisions a test sets, and which records its calls.</summary>
internal sealed class ScriptedPolicy(TimeSpan? tick = null) : AdmissionPolicy
{
    public ArrivalVerdict Verdict { get; set; }

    public TimeSpan Limit { get; set; }

    public bool NewestFirst { get; set; }

    /// <summary>Gets or sets how many waiters to reject, once.</summary>
    public int Drops { get; set; }

    /// <summary>Gets how often <see cref="AdmissionPolicy.Shed"/> was called.</summary>
    public int Asked { get; private set; }

    /// <summary>Gets the load at the last arrival.</summary>
    public GateLoad AtArrival { get; private set; }

    public List<(TimeSpan Waited, int StillWaiting)> WereServed { get; } = [];

    public List<(TimeSpan Waited, int StillWaiting)> LeftEarly { get; } = [];

    public override TimeSpan Tick => tick ?? Timeout.InfiniteTimeSpan;

    public override bool IsOverload => NewestFirst;

    public override Arrival Arrive(in GateLoad load, Deadline deadline)
    {
        AtArrival = load;
        return new Arrival(Verdict, Limit);
    }

    public override GateWaiter Next(LinkedList<GateWaiter> queue) => (NewestFirst ? queue.Last : queue.First)!.Value;

    public override void Served(TimeSpan waited, in GateLoad load) => WereServed.Add((waited, load.Waiting));

    public override void GaveUp(TimeSpan waited, in GateLoad load) => LeftEarly.Add((waited, load.Waiting));

    public override int Shed(LinkedList<GateWaiter> queue, in GateLoad load)
    {
        Asked++;
        var drops = Drops;
        Drops = 0;
        return drops;
    }
}
