using Millpond.AdoNet;
using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <content>What Dispose and Close leave to do.</content>
/// <remarks>They change what the session and its readers and transactions report at once. Their I/O begins at once too, and
/// blocks nobody: what comes next on the session waits for it.</remarks>
internal sealed partial class UnitOfWork
{
    private Task _cleanUp = Task.CompletedTask;

    /// <summary>Begins a clean-up when those before it have ended.</summary>
    /// <param name="work">Its operations are of the kind <see cref="OperationKind.CleanUp"/>: others would wait for it.</param>
    /// <returns>A task that ends with it.</returns>
    public Task CleanUp(Func<Task> work)
    {
        Task cleanUp;
        lock (_health)
        {
            cleanUp = _cleanUp.IsCompleted ? work() : AfterAsync(_cleanUp, work);
            _cleanUp = cleanUp;
        }

        Services.Track(cleanUp);
        return cleanUp;
    }

    /// <summary>Closes a reader when the step that may still run has ended.</summary>
    public void CleanUp(SessionDataReader reader) => CleanUp(async () =>
    {
        await _use.WhenIdleAsync().ConfigureAwait(false);
        await reader.FinishAsync().ConfigureAwait(false);
    });

    /// <summary>Rolls back to the savepoint of a transaction that was disposed.</summary>
    /// <returns>A task that ends with it and never fails: if it could not be done, the session cannot commit.</returns>
    public Task UndoAsync(string savepoint)
    {
        RolledBackTo(savepoint);
        Savepoints.Release(savepoint);
        return CleanUp(() => UndoAsync(
            closesReaders: !Services.Source.Dialect.AllowsCommandsBesideReaders,
            async () =>
            {
                using var limit = Services.CleanupToken();
                await RunAsync(
                    new Operation(OperationKind.CleanUp, $"ROLLBACK TO SAVEPOINT {savepoint}"),
                    savepoint,
                    RollBackToAsync,
                    limit.Token).ConfigureAwait(false);
                _health.Heal();   // a reader that had to be closed may have failed
            }));
    }

    /// <summary>Rolls back and gives the connection back, in a session whose statements commit by themselves: its real
    /// transaction was disposed, or its owner closed it.</summary>
    /// <inheritdoc cref="UndoAsync(string)" path="/returns"/>
    public Task GiveBackAsync()
    {
        _outermost = null;
        Savepoints.Clear();
        var due = TakeRolledBack("its transaction was disposed", error: null);
        var undo = CleanUp(() => UndoAsync(
            closesReaders: true,
            async () =>
            {
                Begin(Operation.Rollback);
                try
                {
                    await WaitLimitedAsync(RollBackLeaseAsync()).ConfigureAwait(false);
                }
                finally
                {
                    _use.End();
                }
            }));
        if (due is null)
        {
            return undo;
        }

        // Behind the clean-up: a hook may use the session, which waits for that.
        var hooks = AfterAsync(undo, () => due.RunAsync(Services, Origin.Operation));
        Services.Track(hooks);
        return hooks;
    }

    private static async Task<bool> RollBackToAsync(
        ProviderConnection connection, string savepoint, CancellationToken cancellationToken)
    {
        await connection.RollbackToAsync(savepoint, cancellationToken).ConfigureAwait(false);
        await connection.ReleaseAsync(savepoint, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private static async Task AfterAsync(Task before, Func<Task> work)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await work().ConfigureAwait(false);
    }

    private async Task UndoAsync(bool closesReaders, Func<Task> rollback)
    {
        try
        {
            if (closesReaders)
            {
                foreach (var reader in _use.OpenReaders)
                {
                    await reader.GiveUpAsync().ConfigureAwait(false);
                }

                await AbandonUnseenAsync().ConfigureAwait(false);
            }

            if (IsHolding)
            {
                await rollback().ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            // Nobody cancels a clean-up but its limit.
            var isLost = error is OperationCanceledException && _health.Worst == FailureKind.ConnectionLost;
            _health.NoteUnreported(
                isLost ? DatabaseUnavailableException.ConnectionLost(Services.Source.Server, error) : error);
        }
    }
}
