namespace Millpond.Admission;

/// <summary>Decides which callers may queue, which is served next and which are rejected.</summary>
/// <remarks>All members are called under the gate's lock and must not block.</remarks>
internal abstract class AdmissionPolicy
{
    /// <summary>Gets how often <see cref="Shed"/> is called while callers wait and no permit is released.</summary>
    public virtual TimeSpan Tick => Timeout.InfiniteTimeSpan;

    public virtual bool IsOverload => false;

    /// <summary>Decides about a caller that finds no free permit.</summary>
    public abstract Arrival Arrive(in GateLoad load, Deadline deadline);

    /// <summary>Picks the next waiter from a queue that is not empty, oldest first.</summary>
    public abstract GateWaiter Next(LinkedList<GateWaiter> queue);

    /// <summary>Called when the picked waiter, which the load no longer contains, is served.</summary>
    public virtual void Served(TimeSpan waited, in GateLoad load)
    {
    }

    /// <summary>Called when a waiter left because its token was cancelled.</summary>
    public virtual void GaveUp(TimeSpan waited, in GateLoad load)
    {
    }

    /// <summary>Returns how many of the oldest waiters are to be rejected now.</summary>
    public virtual int Shed(LinkedList<GateWaiter> queue, in GateLoad load) => 0;
}
