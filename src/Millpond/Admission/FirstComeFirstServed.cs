namespace Millpond.Admission;

/// <summary>Everyone may queue, and the oldest is served: each caller's own deadline is the only limit, but for the queue's
/// length.</summary>
internal sealed class FirstComeFirstServed(int maxQueue = int.MaxValue) : AdmissionPolicy
{
    public override Arrival Arrive(in GateLoad load, Deadline deadline) =>
        new(load.Waiting < maxQueue ? ArrivalVerdict.Queue : ArrivalVerdict.QueueFull);

    public override GateWaiter Next(LinkedList<GateWaiter> queue) => queue.First!.Value;
}
