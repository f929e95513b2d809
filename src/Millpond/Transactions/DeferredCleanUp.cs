using Millpond.Leasing;
using Millpond.Providers;

namespace Millpond.Transactions;

/// <summary>Clean-ups that are not awaited when they begin: those of disposed readers and transactions.</summary>
/// <remarks>They run one after the other, each in an operation of the session, and the session's next operation waits for them.
/// They never throw: their errors are reported by the next operation.</remarks>
internal sealed class DeferredCleanUp(UnitOfWork unit)
{
    /// <summary>Gets the last one.</summary>
    public Task Pending { get; private set; } = Task.CompletedTask;

    public Task Run(Func<Task> work)
    {
        Task cleanUp;
        lock (this)
        {
            cleanUp = Pending.IsCompleted ? work() : AfterAsync(Pending, work);
            Pending = cleanUp;
        }

        unit.Services.Track(cleanUp);
        return cleanUp;
    }

    /// <summary>Rolls back to the savepoint of a transaction that was disposed while open, and removes it.</summary>
    public Task UndoAsync(string savepoint)
    {
        unit.RolledBackTo(savepoint);
        unit.Savepoints.Release(savepoint);
        return Run(() => UndoAsync(
            closesReaders: !unit.Services.Source.Dialect.AllowsCommandsBesideReaders,
            async () =>
            {
                using var limit = unit.Services.CleanupToken();
                await unit.RunAsync(
                    new Operation(OperationKind.CleanUp, $"ROLLBACK TO SAVEPOINT {savepoint}"),
                    savepoint,
                    RollBackToAsync,
                    limit.Token).ConfigureAwait(false);
                unit.Health.Recover();   // a reader that had to be closed may have failed
            }));
    }

    /// <summary>Rolls back the whole transaction and returns the connection, because its owner disposed it while
    /// open.</summary>
    public Task RollBackAndReturnAsync()
    {
        (unit.Outermost, unit.Queued) = (null, null);
        unit.Savepoints.Clear();
        var due = unit.Hooks.TakeRolledBack("its transaction was disposed", error: null);
        var undo = Run(() => UndoAsync(
            closesReaders: true,
            async () =>
            {
                unit.Begin(Operation.Rollback);
                try
                {
                    await UnitEnd.WaitLimitedAsync(unit, unit.RollBackLeaseAsync()).ConfigureAwait(false);
                }
                finally
                {
                    unit.Use.End();
                }
            }));
        if (due is null)
        {
            return undo;
        }

        // After the clean-up, because a hook may use the session, which waits for it.
        var hooks = AfterAsync(undo, () => due.RunAsync(unit.Services, unit.Origin.Operation));
        unit.Services.Track(hooks);
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
            foreach (var reader in closesReaders ? unit.Use.OpenReaders : [])
            {
                await (reader.IsUntracked
                    ? UnitEnd.WithinCleanupAsync(unit, reader.GiveUpAsync())
                    : reader.GiveUpAsync()).ConfigureAwait(false);
            }

            if (unit.IsHolding)
            {
                await rollback().ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            // Only its limit cancels a clean-up.
            var isLost = error is OperationCanceledException && unit.Health.Worst == FailureKind.ConnectionLost;
            unit.Health.NoteUnreported(
                isLost ? DatabaseUnavailableException.ConnectionLost(unit.Services.Source.Server, error) : error);
        }
    }
}
