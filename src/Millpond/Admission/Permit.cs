namespace Millpond.Admission;

/// <summary>The right to use one connection. Whoever holds it calls <see cref="Release"/> exactly once.</summary>
internal readonly struct Permit
{
    private readonly SessionGate? _gate;
    private readonly long _grantedAt;

    /// <param name="gate">Whose it is.</param>
    /// <param name="waited">How long the caller queued for it.</param>
    /// <param name="grantedAt">The timestamp of the grant.</param>
    internal Permit(SessionGate gate, TimeSpan waited, long grantedAt)
    {
        _gate = gate;
        Waited = waited;
        _grantedAt = grantedAt;
    }

    /// <summary>Gets how long the caller stood in the queue; zero on the fast path.</summary>
    public TimeSpan Waited { get; }

    /// <summary>Gives the same permit as one that is held from that timestamp on: what came before was no work.</summary>
    public Permit HeldFrom(long timestamp) => _gate is null ? this : new(_gate, Waited, timestamp);

    public bool IsHeld => _gate is not null;

    public void Release() => _gate?.Release(_grantedAt);
}
