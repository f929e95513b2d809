namespace Millpond.Admission;

/// <summary>Decides who may queue, who is served next and who is rejected.</summary>
/// <remarks>Every member is called under the gate's lock and must not block.</remarks>
internal abstract class AdmissionPolicy
{
    /// <summary>Gets how often <see cref="Shed"/> is to be asked while somebody waits and no permit comes back.</summary>
    public virtual TimeSpan Tick => Timeout.InfiniteTimeSpan;

    public virtual bool IsOverload => false;

    /// <summary>Decides about a caller that finds no free permit.</summary>
    public abstract Arrival Arrive(in GateLoad load, Deadline deadline);

    /// <summary>Picks the next waiter out of a queue that is not empty, oldest first.</summary>
    public abstract GateWaiter Next(LinkedList<GateWaiter> queue);

    /// <summary>Hears that the waiter it picked, which the load no longer contains, is served.</summary>
    public virtual void Served(TimeSpan waited, in GateLoad load)
    {
    }

    /// <summary>Hears that a waiter left because its token was cancelled.</summary>
    public virtual void GaveUp(TimeSpan waited, in GateLoad load)
    {
    }

    /// <summary>Says how many of the oldest waiters are to be rejected now.</summary>
    public virtual int Shed(LinkedList<GateWaiter> queue, in GateLoad load) => 0;
}
