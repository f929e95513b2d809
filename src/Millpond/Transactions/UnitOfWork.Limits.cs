using Millpond.Admission;
using Millpond.Leasing;

namespace Millpond.Transactions;

/// <content>The time that it may take in all.</content>
internal sealed partial class UnitOfWork
{
    private bool _timedOut;

    /// <summary>Gives the earlier of a deadline and the session's own (G02).</summary>
    public Deadline Cap(Deadline deadline) => Clock?.Cap(deadline) ?? deadline;

    /// <summary>Lets the session's time begin, or an operation fail that comes when it is over.</summary>
    /// <exception cref="SessionTimeoutException">It is over.</exception>
    private void StartClock(Operation operation)
    {
        if (Clock is not { } clock || operation.Kind == OperationKind.CleanUp)
        {
            return;
        }

        clock.Start(static unit => ((UnitOfWork)unit!).OnTimeout(), this);
        if (clock.IsOver)
        {
            throw TimedOut(innerException: null);
        }
    }

    private CancellationToken LinkClock(Operation operation, CancellationToken token, ref CancellationTokenSource? timed)
    {
        if (Clock is not { } clock || operation.Kind == OperationKind.CleanUp)
        {
            return token;
        }

        if (!token.CanBeCanceled)
        {
            return clock.Token;
        }

        timed = CancellationTokenSource.CreateLinkedTokenSource(token, clock.Token);
        return timed.Token;
    }

    private SessionTimeoutException TimedOut(Exception? innerException)
    {
        _timedOut = true;
        return new SessionTimeoutException(Origin.Operation, _clock!.Limit, innerException);
    }

    /// <summary>Lets nothing be committed that took too long. What was committed by hand before stays.</summary>
    /// <exception cref="SessionTimeoutException">It took too long, and something would have been committed or was
    /// lost.</exception>
    private async ValueTask ThrowIfTooLateAsync()
    {
        if (_clock is { IsOver: true } && (_timedOut || _lease is not null))
        {
            await WaitLimitedAsync(RollBackLeaseAsync()).ConfigureAwait(false);
            throw TimedOut(innerException: null);
        }
    }

    /// <summary>Frees a connection that nothing runs on, as while the work awaits something else, and stops the reader whose
    /// steps the session does not see: no token reaches either.</summary>
    private void OnTimeout() => Services.Track(_use.TryBeginIdle(Operation.Rollback) ? FreeIdleAsync() : CancelUnseenAsync());

    /// <summary>Inside the operation: whoever comes next is told that it is too late.</summary>
    private async Task FreeIdleAsync()
    {
        try
        {
            _timedOut |= IsHolding;
            await RollBackLeaseAsync().ConfigureAwait(false);
        }
        finally
        {
            _use.End();
        }
    }

    private async Task CancelUnseenAsync()
    {
        if (_use.Unseen is { } open && Volatile.Read(ref _lease) is { } lease)
        {
            await lease.CancelAsync(open.Target).ConfigureAwait(false);
        }
    }
}
