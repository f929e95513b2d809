using Millpond.Admission;

namespace Millpond.Leasing;

/// <summary>The time limit of a session, which begins with the first operation.</summary>
/// <remarks>Used inside operations of the session only, so by one task at a time.</remarks>
internal sealed class SessionClock(TimeSpan limit, TimeProvider time) : IDisposable
{
    private CancellationTokenSource? _source;
    private Deadline _deadline;

    public TimeSpan Limit => limit;

    /// <summary>Gets a token that is cancelled when the time has elapsed.</summary>
    public CancellationToken Token { get; private set; }

    public bool IsOver => _source is not null && (_deadline.Left == TimeSpan.Zero || Token.IsCancellationRequested);

    /// <summary>Starts it, the first time.</summary>
    /// <param name="over">Called once, when the time has elapsed.</param>
    /// <param name="state">Passed to it.</param>
    public void Start(Action<object?> over, object state)
    {
        if (_source is not null)
        {
            return;
        }

        _deadline = Deadline.After(limit, time, coversHold: true);
        _source = new CancellationTokenSource(limit, time);
        Token = _source.Token;
        Token.UnsafeRegister(over, state);
    }

    /// <summary>Returns the earlier of a deadline and the end of this time.</summary>
    public Deadline Cap(Deadline other) => _source is null ? other : other.Within(_deadline);

    public void Dispose() => _source?.Dispose();
}
