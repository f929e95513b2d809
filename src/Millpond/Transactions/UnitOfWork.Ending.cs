using System.Data.Common;
using System.Runtime.ExceptionServices;
using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Transactions.Hooks;

namespace Millpond.Transactions;

/// <content>How its transactions and the unit of work itself come to an end.</content>
internal sealed partial class UnitOfWork
{
    /// <summary>Commits what was done; later statements begin a new transaction.</summary>
    /// <returns>What is to be done now; null: nothing.</returns>
    public Task<HooksDue?> CommitAsync(CancellationToken cancellationToken) =>
        CommitAsync(CommitLevel.Session, point: null, cancellationToken);

    /// <param name="level">Which of its commits it is.</param>
    /// <param name="point">The commit point after which it only reads; null: it goes on.</param>
    /// <param name="cancellationToken">Counts until COMMIT is sent.</param>
    private async Task<HooksDue?> CommitAsync(CommitLevel level, SessionEnd? point, CancellationToken cancellationToken)
    {
        ThrowIfOver();
        HooksDue? due;
        Exception? failure;
        var around = BeginCommit(level);
        try
        {
            await _cleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await RunBeforeCommitAsync(level, cancellationToken).ConfigureAwait(false);
            (due, failure) = await CommitOnceAsync(level, point, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _commit = around;
        }

        if (failure is not null)
        {
            await (due?.RunAsync(Services, Origin.Operation) ?? Task.CompletedTask).ConfigureAwait(false);
            ExceptionDispatchInfo.Throw(failure);
        }

        return due;
    }

    /// <summary>Runs what comes before the commit, so that nothing but COMMIT is left to do.</summary>
    public async Task PrepareCommitAsync()
    {
        ThrowIfOver();
        var around = BeginCommit(CommitLevel.Session);
        try
        {
            await _cleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await RunBeforeCommitAsync(CommitLevel.Session, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _commit = around;
        }
    }

    /// <summary>Finds out whether the commit can succeed, as far as that can be known before it: the database is asked for a
    /// savepoint, which it refuses in a failed transaction and on a lost connection.</summary>
    public async Task CheckCommitAsync()
    {
        Begin(Operation.Commit);
        try
        {
            await ThrowIfTooLateAsync().ConfigureAwait(false);
            if (_lease is { InTransaction: true } lease)
            {
                ThrowIfUncommittable(CommitLevel.Session);
                await AskForSavepointAsync(lease).ConfigureAwait(false);
            }
        }
        finally
        {
            _use.End();
        }
    }

    /// <summary>Sets a savepoint and rolls back to it: a driver may send the former only together with what follows it.</summary>
    private async Task AskForSavepointAsync(SessionLease lease)
    {
        try
        {
            using var limit = Services.CleanupToken();
            var savepoint = Savepoints.NextName();
            await lease.Connection.SaveAsync(savepoint, limit.Token).ConfigureAwait(false);
            await lease.Connection.RollbackToAsync(savepoint, limit.Token).ConfigureAwait(false);
        }
        catch (DbException error)
        {
            throw Note(error, Operation.Commit, CancellationToken.None) ??
                SessionAbortedException.AtCommit(Origin.Operation, error);
        }
        catch (OperationCanceledException unanswered)
        {
            throw Note(unanswered, Operation.Commit, CancellationToken.None) ??
                DatabaseUnavailableException.ConnectionLost(Services.Source.Server, unanswered);
        }
    }

    /// <summary>Rolls back what was done; later statements begin a new transaction.</summary>
    public async Task RollbackAsync()
    {
        ThrowIfOver();
        await _cleanUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        HooksDue? due;
        Begin(Operation.Rollback);
        try
        {
            await WaitLimitedAsync(RollBackLeaseAsync()).ConfigureAwait(false);
            due = TakeRolledBack("RollbackAsync was called", error: null);
        }
        finally
        {
            _use.End();
        }

        await (due?.RunAsync(Services, Origin.Operation) ?? Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>
    /// Ends the session: cancels what still runs, closes readers, rolls back, and gives the connection back. Never throws.
    /// </summary>
    /// <remarks>A command that does not stop keeps its connection until it does; the caller does not wait longer than the
    /// clean-up's limit for it. Its hooks wait for that, too: a commit that is still under way settles them itself.</remarks>
    public async Task EndAsync(string how, Exception? error = null)
    {
        var end = _commitPoint ?? new SessionEnd(Origin.EndedBefore ?? how, Services.Time.GetUtcNow());
        if (Interlocked.CompareExchange(ref _end, end, null) is not null)
        {
            return;
        }

        var cleanup = CleanUpAsync();
        try
        {
            await WaitLimitedAsync(cleanup).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Logged where the clean-up is tracked; whoever ends a session has nothing to add.
        }

        _clock?.Dispose();
        if (_hooks is not null)
        {
            var undo = UndoAfterAsync(cleanup, how, error);
            if (cleanup.IsCompleted)
            {
                await undo.ConfigureAwait(false);
            }
            else
            {
                Services.Track(undo);   // behind the caller, as the clean-up
            }
        }
    }

    /// <summary>Runs the hooks of what nobody committed. Never throws.</summary>
    private async Task UndoAfterAsync(Task cleanup, string how, Exception? error)
    {
        await cleanup.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await (TakeRolledBack(how, error)?.RunAsync(Services, Origin.Operation) ?? Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>Waits for a clean-up, but no longer than its limit: then it goes on behind the caller.</summary>
    private async Task WaitLimitedAsync(Task cleanup)
    {
        if (cleanup.IsCompletedSuccessfully)
        {
            return;
        }

        Services.Track(cleanup);
        try
        {
            await cleanup.WaitAsync(Services.Settings.CleanupTimeout, Services.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var limit = Services.Settings.CleanupTimeout.TotalSeconds;
            var running = _use.Running is { } late ? CommandText.Shorten(late.Text) : "the clean-up";
            SessionLog.CleanupLate(Services.Logger, Id, Services.EngineName, Origin.Operation, running, limit);
        }
    }

    /// <returns>What is to be done now, and what ended the transaction without a commit; null: nothing.</returns>
    private async Task<(HooksDue? Due, Exception? Failure)> CommitOnceAsync(
        CommitLevel level, SessionEnd? point, CancellationToken cancellationToken)
    {
        Begin(Operation.Commit);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();   // the last moment the caller's token counts (S07)
            return await SettleAsync(level, point).ConfigureAwait(false);
        }
        finally
        {
            _use.End();
        }
    }

    /// <summary>Ends the transaction and takes its hooks. Inside the operation: who ends the session meanwhile must not take for
    /// undone what is committed, or may be.</summary>
    private async Task<(HooksDue? Due, Exception? Failure)> SettleAsync(CommitLevel level, SessionEnd? point)
    {
        try
        {
            await ThrowIfTooLateAsync().ConfigureAwait(false);
            point?.LostState = _lease?.Connection.State ?? (_resetsOnReturn ? "ResetOnReturn" : null);
            if (_lease is not { InTransaction: true })
            {
                await WaitLimitedAsync(RollBackLeaseAsync()).ConfigureAwait(false);   // each statement has committed itself
                Pass(point);
                return (_hooks is null ? null : TakeCommitted(), null);
            }

            await CommitLeaseAsync(level).ConfigureAwait(false);
            Pass(point);
            return (TakeCommitted(), null);
        }
        catch (Exception error) when (!IsHolding)   // else it was refused, and the transaction is still there
        {
            return (TakeFailed(error), error);
        }
    }

    private async Task CommitLeaseAsync(CommitLevel level)
    {
        try
        {
            ThrowIfUncommittable(level);
        }
        catch (Exception error) when (error is SessionAbortedException or DatabaseUnavailableException)
        {
            await WaitLimitedAsync(RollBackLeaseAsync()).ConfigureAwait(false);
            throw;
        }

        var verify = _health.VerifyCommit;
        var lease = TakeLease()!;
        Forget();
        await lease.CommitAsync(verify, _options.ConfirmsCommit).ConfigureAwait(false);
    }

    /// <exception cref="SessionAbortedException">A statement had failed.</exception>
    /// <exception cref="InvalidOperationException">A transaction begun inside it is undecided.</exception>
    private void ThrowIfUncommittable(CommitLevel level)
    {
        if (_health.Worst > FailureKind.Statement)
        {
            _health.ThrowIfUnreported();
            throw SessionAbortedException.AtCommit(Origin.Operation, _health.FirstError);
        }

        if (OpenTransactions > (level == CommitLevel.Outermost ? 1 : 0))
        {
            throw new InvalidOperationException(
                $"The session of {Origin.Operation} cannot commit: a transaction begun inside it (BeginAsync) is neither " +
                "committed nor rolled back. Write 'await using' before it and commit it first.");
        }
    }

    private Task RollBackLeaseAsync(bool isRead = false)
    {
        var lease = TakeLease();
        Forget();
        return lease?.EndAsync(isRead) ?? Task.CompletedTask;
    }

    private async Task CleanUpAsync()
    {
        var closing = _use.CloseAsync();
        CancelWait();
        await CancelUntilAsync(closing).ConfigureAwait(false);
        foreach (var reader in await closing.ConfigureAwait(false))
        {
            await WithinCleanupAsync(reader.AbandonAsync()).ConfigureAwait(false);
        }

        await AbandonUnseenAsync().ConfigureAwait(false);
        await RollBackLeaseAsync().ConfigureAwait(false);
    }

    /// <summary>Ends a reader that a mapper left open: cancelled first, for that is cheaper than reading past its rows.</summary>
    private async Task AbandonUnseenAsync()
    {
        if (_use.TakeUnseen() is not { } left || _lease is not { } lease)
        {
            return;
        }

        try
        {
            await lease.CancelAsync(left.Target).ConfigureAwait(false);
            await WithinCleanupAsync(left.Reader.DisposeAsync().AsTask()).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The cancelled statement's own error. The transaction is rolled back anyway.
        }
    }

    /// <summary>Cancels what runs until it has ended.</summary>
    /// <remarks>Again and again: an operation may have begun here and not yet be at the driver, which has nothing to cancel
    /// then. What does not end by that is let go.</remarks>
    private async Task CancelUntilAsync(Task ended)
    {
        var began = Services.Time.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(100); !ended.IsCompleted; pause *= 2)
        {
            if (_use.Running is { Target: { } target } && Volatile.Read(ref _lease) is { } busy)
            {
                await busy.CancelAsync(target).ConfigureAwait(false);
            }

            await ended.WaitAsync(pause, Services.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Services.Time.GetElapsedTime(began) >= Services.Cancels?.Patience && Volatile.Read(ref _letGo) is { } letGo)
            {
                await letGo.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private SessionLease? TakeLease()
    {
        var lease = Interlocked.Exchange(ref _lease, null);
        if (_resetsOnReturn)
        {
            lease?.Connection.MarkDirty();
        }

        return lease;
    }

    private void Forget()
    {
        _health.Forget();
        Savepoints.Clear();
        _use.TakeUnseen();   // the driver uses the object again, for whoever has the connection next
        _outermost = null;
    }
}
