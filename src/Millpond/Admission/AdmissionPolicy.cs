namespace Millpond.Admission;

/// <summary>Decides who may queue, who is served next and who is turned away; the gate itself only keeps the books.</summary>
/// <remarks>Every member is called under the gate's lock and must not block.</remarks>
internal abstract class AdmissionPolicy
{
    /// <summary>Gets how often <see cref="Shed"/> is to be asked while somebody waits and no permit comes back.</summary>
    public virtual TimeSpan Tick => Timeout.InfiniteTimeSpan;

    /// <summary>Gets whether more come than can be served.</summary>
    public virtual bool IsOverload => false;

    /// <summary>Decides about somebody who finds no free permit.</summary>
    public abstract Arrival Arrive(in GateLoad load, Deadline deadline);

    /// <summary>Picks the one to serve next out of a queue that is not empty, oldest first.</summary>
    public abstract GateWaiter Next(LinkedList<GateWaiter> queue);

    /// <summary>Hears that the one it picked is served.</summary>
    /// <param name="waited">How long that one had waited.</param>
    /// <param name="load">The gate without it.</param>
    public virtual void Served(TimeSpan waited, in GateLoad load)
    {
    }

    /// <summary>Hears that somebody left the queue, whose own token was cancelled.</summary>
    /// <param name="waited">How long that one had waited.</param>
    /// <param name="load">The gate without it.</param>
    public virtual void GaveUp(TimeSpan waited, in GateLoad load)
    {
    }

    /// <summary>Says how many of the oldest of the queue are to be turned away now.</summary>
    public virtual int Shed(LinkedList<GateWaiter> queue, in GateLoad load) => 0;
}
