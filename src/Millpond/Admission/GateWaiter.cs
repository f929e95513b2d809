using Millpond.Telemetry.Events;

using System.Threading.Tasks.Sources;

namespace Millpond.Admission;

/// <summary>A caller in a gate's queue, reused after its result has been taken.</summary>
/// <remarks>Whoever removes it from the queue under the gate's lock completes it: a release (granted), the timer (timed out),
/// its token (cancelled) or the gate's end (closed). So it is completed exactly once.</remarks>
internal sealed class GateWaiter : IValueTaskSource<Permit>
{
    private readonly SessionGate _gate;
    private ManualResetValueTaskSourceCore<Permit> _source;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private long _grantedAt;

    public GateWaiter(SessionGate gate)
    {
        _gate = gate;
        _source.RunContinuationsAsynchronously = true;   // a release must never run its successor's code on its own thread
        Node = new LinkedListNode<GateWaiter>(this);
    }

    public LinkedListNode<GateWaiter> Node { get; }

    public long EnqueuedAt { get; private set; }

    public Deadline Deadline { get; private set; }

    public object? Caller { get; private set; }

    /// <summary>Gets the caller's number for the black box; 0 if it has none.</summary>
    public long CallerId => (Caller as IRecordedCaller)?.Id ?? 0;

    public ValueTask<Permit> Task => new(this, _source.Version);

    public void Arm(long now, object? caller, Deadline deadline, CancellationToken cancellationToken)
    {
        EnqueuedAt = now;
        Caller = caller;
        _grantedAt = 0;
        Deadline = deadline;
        _token = cancellationToken;
    }

    /// <summary>Registers with the caller's token. Outside the gate's lock, which the callback takes.</summary>
    public void Watch()
    {
        if (_token.CanBeCanceled)
        {
            _registration = _token.UnsafeRegister(static waiter => ((GateWaiter)waiter!)._gate.Cancel((GateWaiter)waiter), this);
        }
    }

    public void Grant(Permit permit, long now)
    {
        _grantedAt = now;
        _source.SetResult(permit);
    }

    public void Cancel() => _source.SetException(new OperationCanceledException(_token));

    public void Fail(Exception error) => _source.SetException(error);

    public Permit GetResult(short token)
    {
        // False: its callback is running and still references the waiter, so it is not reused.
        var quiet = _registration == default || _registration.Unregister();
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            if (quiet)
            {
                _registration = default;
                var granted = _grantedAt;
                _token = default;
                Caller = null;
                _source.Reset();
                _gate.Reuse(this, granted);
            }
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
