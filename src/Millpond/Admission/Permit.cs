namespace Millpond.Admission;

/// <summary>The right to use one connection. Its holder calls <see cref="Release"/> exactly once.</summary>
internal readonly struct Permit(SessionGate? gate, TimeSpan waited, long heldSince = 0)
{
    public TimeSpan Waited => waited;

    public bool IsHeld => gate is not null;

    /// <summary>Returns the same permit with the time when its work began, from which the gate learns the duration of
    /// work.</summary>
    public Permit HeldFrom(long timestamp) => new(gate, waited, timestamp);

    public void Release() => gate?.Release(heldSince);
}
