namespace Millpond.Admission;

/// <summary>Everyone may queue, and the oldest is served: each caller's own deadline is the only limit.</summary>
internal sealed class FirstComeFirstServed : AdmissionPolicy
{
    public static FirstComeFirstServed Instance { get; } = new();

    public override bool MayQueue(int waiting, Deadline deadline) => true;

    public override GateWaiter Next(LinkedList<GateWaiter> queue) => queue.First!.Value;
}
