namespace Millpond.Admission;

/// <summary>The gate's lock: a <see cref="Lock"/> that reports its steps to <see cref="GateSteps"/>.</summary>
internal sealed class GateLock
{
    private readonly Lock _lock = new();

    public Scope Enter()
    {
        GateSteps.BeforeLock();
        return new Scope(_lock.EnterScope());
    }

    public ref struct Scope(Lock.Scope held)
    {
        private Lock.Scope _held = held;

        public void Dispose()
        {
            _held.Dispose();
            GateSteps.AfterLock();
        }
    }
}
