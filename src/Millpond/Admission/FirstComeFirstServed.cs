namespace Millpond.Admission;

/// <summary>All callers may queue, and the oldest is served. Each caller's own deadline and the length of the queue are the
/// only limits.</summary>
internal sealed class FirstComeFirstServed(int maxQueue = int.MaxValue) : AdmissionPolicy
{
    public override Arrival Arrive(in GateLoad load, Deadline deadline) =>
        new(load.Waiting < maxQueue ? ArrivalVerdict.Queue : ArrivalVerdict.QueueFull);

    public override GateWaiter Next(LinkedList<GateWaiter> queue) => queue.First!.Value;
}
