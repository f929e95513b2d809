namespace Millpond.Admission;

/// <summary>Decides who may queue and who is served next; the gate itself only keeps the books.</summary>
/// <remarks>
/// Every member is called under the gate's lock and must not block. The overload rules (G03 to G05) will be one more of these.
/// </remarks>
internal abstract class AdmissionPolicy
{
    /// <summary>Says whether an arriving caller may queue behind <paramref name="waiting"/> others.</summary>
    public abstract bool MayQueue(int waiting, Deadline deadline);

    /// <summary>Picks the one to serve next out of a queue that is not empty, oldest first.</summary>
    public abstract GateWaiter Next(LinkedList<GateWaiter> queue);
}
