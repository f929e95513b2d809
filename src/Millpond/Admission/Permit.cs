namespace Millpond.Admission;

/// <summary>The right to use one connection. Whoever holds it calls <see cref="Release"/> exactly once.</summary>
internal readonly struct Permit
{
    private readonly SessionGate? _gate;

    internal Permit(SessionGate gate, TimeSpan waited)
    {
        _gate = gate;
        Waited = waited;
    }

    /// <summary>Gets how long the caller stood in the queue; zero on the fast path.</summary>
    public TimeSpan Waited { get; }

    public bool IsHeld => _gate is not null;

    public void Release() => _gate?.Release();
}
