namespace Millpond.Supply;

/// <summary>Everything that can cancel one operation of a session: the caller's token, the request's, the session's timeout and
/// its end.</summary>
/// <remarks>
/// <para>One operation at a time follows them, from <see cref="Follow"/> to <see cref="End"/>. While it waits for a connection,
/// a cancellation takes effect immediately. While the driver runs it, the cancellation waits for its turn (G14) and is dropped
/// if the operation has ended by then. If the driver does not end it within <see cref="CancelThrottle.Patience"/> after that,
/// <see cref="Released"/> is cancelled, and the caller waits no longer.</para>
/// <para>States: Ended → Waiting → Running → Ended; if cancelled, Waiting → Sending, and Running → Due → Sending. A cancelled
/// one is not reused, so a late cancellation cannot affect the next operation.</para>
/// </remarks>
/// <param name="throttle">Gives cancellations their turn; null if they cost nothing here.</param>
internal sealed class OperationCancellation(CancelThrottle? throttle) : IDisposable
{
    private const int Ended = 0, Waiting = 1, Running = 2, Due = 3, Sending = 4;

    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenSource _released = new();
    private CancellationTokenRegistration _caller;
    private CancellationTokenRegistration _request;
    private CancellationTokenRegistration _time;
    private bool _isSpent;
    private int _state;

    /// <summary>Gets the token for the gate, the supply and the driver.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Gets the token that is cancelled if the driver ignores the cancellation for too long.</summary>
    public CancellationToken Released => _released.Token;

    /// <summary>Gets whether the next operation needs a new one.</summary>
    public bool IsSpent =>
        _isSpent || _source.IsCancellationRequested || _released.IsCancellationRequested;

    /// <summary>Follows the tokens, unless it already does.</summary>
    /// <param name="caller">The caller's.</param>
    /// <param name="request">The request's.</param>
    /// <param name="atDriver">Whether the driver has the operation already.</param>
    public void Follow(CancellationToken caller, CancellationToken request, bool atDriver = false)
    {
        if (Volatile.Read(ref _state) != Ended)
        {
            return;
        }

        // With a memory barrier: either the code that ends the session sees this, or the operation sees that it has ended.
        Interlocked.Exchange(ref _state, atDriver ? Running : Waiting);
        _caller = Register(caller);
        _request = request == caller ? default : Register(request);
    }

    /// <summary>Notes that the driver has the operation now.</summary>
    /// <param name="time">Cancelled when the session's timeout elapses.</param>
    public void EnterDriver(CancellationToken time)
    {
        if (Interlocked.CompareExchange(ref _state, Running, Waiting) is Waiting or Running && _time == default)
        {
            _time = Register(time);
        }
    }

    /// <summary>Cancels an operation that waits for a permit or a connection, because the session ends.</summary>
    public Task CancelWaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Sending, Waiting) == Waiting ||
            (throttle is null && Volatile.Read(ref _state) == Running))   // it may wait there for its turn to write
        {
            return _source.CancelAsync();
        }

        return Task.CompletedTask;
    }

    /// <summary>Stops waiting for the driver.</summary>
    public Task ReleaseAsync() => _released.CancelAsync();

    /// <summary>Notes the operation's end.</summary>
    public void End()
    {
        if (Volatile.Read(ref _state) == Ended)
        {
            return;
        }

        // Each waits for a callback that runs: it only queues, or cancels a wait.
        _caller.Dispose();
        _request.Dispose();
        _time.Dispose();
        (_caller, _request, _time) = (default, default, default);
        _isSpent = Interlocked.Exchange(ref _state, Ended) is Due or Sending;
    }

    public void Dispose()
    {
        _source.Dispose();
        _released.Dispose();
    }

    private CancellationTokenRegistration Register(CancellationToken token) =>
        token.UnsafeRegister(static self => ((OperationCancellation)self!).Cancel(), this);

    private void Cancel()
    {
        if (throttle is null || Interlocked.CompareExchange(ref _state, Sending, Waiting) == Waiting)
        {
            _source.Cancel();
        }
        else if (Interlocked.CompareExchange(ref _state, Due, Running) == Running)
        {
            _ = ReleaseLaterAsync(throttle);
            _ = throttle.RunAsync(
                () => Interlocked.CompareExchange(ref _state, Sending, Due) == Due,
                () => Task.Factory.StartNew(
                    static source => ((CancellationTokenSource)source!).Cancel(),
                    _source,
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default));
        }
    }

    private async Task ReleaseLaterAsync(CancelThrottle throttle)
    {
        await Task.Delay(throttle.Patience, throttle.Time).ConfigureAwait(false);
        if (Volatile.Read(ref _state) != Ended)   // it stays cancelled
        {
            await ReleaseAsync().ConfigureAwait(false);
        }
    }
}
