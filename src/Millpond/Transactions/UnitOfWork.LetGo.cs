using Millpond.Leasing;
using Millpond.Supply;

namespace Millpond.Transactions;

/// <content>What the driver does not let go of (S07): a network that loses everything answers no cancellation either.</content>
/// <remarks>The caller who gave up waits for the driver as long as a clean-up may take. Then the connection is abandoned to it,
/// and the permit is free. Not for work on the driver's own connection: that is the caller's, who may be using it.</remarks>
internal sealed partial class UnitOfWork
{
    private CancellationTokenSource? _letGo;
    private Task? _running;

    private CancellationTokenSource LetGo => _letGo ?? LazyInitializer.EnsureInitialized(ref _letGo, static () => new());

    /// <summary>Gives a token for the driver.</summary>
    private Governed Govern(CancellationToken caller) =>
        new(this, Services.Cancels?.Govern(LetGo, caller) ?? new CancelGovernor.Lease(null, caller));

    /// <summary>Waits for an answer until it is let go.</summary>
    private Task<TResult> Watch<TResult>(Task<TResult> answer, Operation operation)
    {
        if (answer.IsCompleted || Services.Cancels is null || operation.Kind == OperationKind.Exclusive)
        {
            return answer;
        }

        _running = answer;
        return answer.WaitAsync(LetGo.Token);
    }

    /// <summary>Leaves the connection to the driver if that is still at it.</summary>
    private void AbandonIfRunning()
    {
        if (_running is { IsCompleted: false } running && _lease is { } lease)
        {
            lease.Connection.Abandon(running);
            _letGo = null;   // the session may go on with another one
        }

        _running = null;
    }

    /// <summary>Waits for a clean-up of the driver's no longer than it may take.</summary>
    private async Task WithinCleanupAsync(Task cleanup)
    {
        if (Services.Cancels is not { } governor)
        {
            await cleanup.ConfigureAwait(false);
            return;
        }

        await cleanup.WaitAsync(governor.Patience, Services.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cleanup.IsCompleted)
        {
            _lease?.Connection.Abandon(cleanup);
        }
    }

    /// <summary>The token while an operation runs.</summary>
    private readonly struct Governed(UnitOfWork unit, CancelGovernor.Lease lease) : IDisposable
    {
        public CancellationToken Token => lease.Token;

        public void Dispose()
        {
            if (lease.IsDue)
            {
                unit._letGo = null;   // it may be cancelled at this moment, which is not meant for the next operation
            }

            lease.Dispose();
        }
    }
}
