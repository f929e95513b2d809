namespace Millpond.Admission;

/// <summary>The right to use one connection. Whoever holds it calls <see cref="Release"/> exactly once.</summary>
internal readonly struct Permit
{
    private readonly SessionGate? _gate;
    private readonly long _heldSince;

    internal Permit(SessionGate gate, TimeSpan waited, long heldSince = 0)
    {
        _gate = gate;
        Waited = waited;
        _heldSince = heldSince;
    }

    public TimeSpan Waited { get; }

    public bool IsHeld => _gate is not null;

    /// <summary>Gives the same permit as one whose hold the gate learns from, since that timestamp: where the work began. One
    /// that comes back before any did says nothing of how long work takes.</summary>
    public Permit HeldFrom(long timestamp) => _gate is null ? this : new(_gate, Waited, timestamp);

    public void Release() => _gate?.Release(_heldSince);
}
