using Millpond.Providers;
using Millpond.Transactions.Failures;

namespace Millpond.Leasing;

/// <content>Its commit, and what is done when nobody answers it (S18).</content>
internal sealed partial class SessionLease
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private volatile bool _isCommitted;
    private int _isCounted;

    /// <summary>Commits, and gives the connection back whatever comes of it.</summary>
    /// <remarks>The caller waits hardly longer than the clean-up's limit, whatever the driver does: Npgsql waits for the answer
    /// to its request to cancel, which a network that lost everything never brings. Then the rest is done behind it. Asking for
    /// the outcome takes up to that limit once more.</remarks>
    /// <param name="verify">Whether an error may have gone unseen (S05).</param>
    /// <param name="confirm">Whether the database is asked for the outcome when it does not answer.</param>
    /// <exception cref="SessionAbortedException">The database answered by a rollback.</exception>
    /// <exception cref="CommitOutcomeException">The connection was lost before the answer, or the limit passed.</exception>
    public async Task CommitAsync(bool verify, bool confirm)
    {
        LeaveFlow();
        using var limit = _services.CleanupToken();
        var commit = TryCommitAsync(verify, confirm, limit.Token);
        var late = await WaitAsync(commit, limit.Token).ConfigureAwait(false);
        try
        {
            var unanswered = late is null ? await commit.ConfigureAwait(false)
                : _isCommitted ? null   // the database has answered; what is late is the connection's return
                : late;
            if (unanswered is not null)
            {
                var outcome = confirm ? await AskAsync().ConfigureAwait(false) : CommitOutcome.Unknown;
                Settle(outcome, unanswered, isOver: late is null);
            }
        }
        finally
        {
            if (late is null)
            {
                Release();
            }
            else
            {
                _services.Track(ReleaseAfterAsync(commit));
            }
        }
    }

    /// <summary>Waits until a commit is over, and no longer than it may take.</summary>
    /// <returns>Null: it is over.</returns>
    private async Task<Exception?> WaitAsync(Task commit, CancellationToken limit)
    {
        try
        {
            await commit.WaitAsync(limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException late) when (!commit.IsCompleted)
        {
            // The driver cancels the COMMIT at this moment, and the database's answer to that tells the outcome.
            await commit.WaitAsync(Grace, _services.Time, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return commit.IsCompleted ? null : late;
        }
        catch (Exception) when (commit.IsCompleted)
        {
            // Its own error; whoever awaits it gets it.
        }

        return null;
    }

    /// <summary>Commits, and gives the connection back but not its permit.</summary>
    /// <returns>Null: it is committed. Else why there was no answer.</returns>
    private async Task<Exception?> TryCommitAsync(bool verify, bool confirm, CancellationToken limit)
    {
        try
        {
            var commit = confirm ? Connection.CommitConfirmablyAsync(verify, limit) : Connection.CommitAsync(verify, limit);
            if (!await commit.ConfigureAwait(false))
            {
                throw SessionAbortedException.CommitRolledBack(Operation);
            }

            _isCommitted = true;
            Count(committed: true);
            return null;
        }
        catch (Exception error)
        {
            var isAborted = error is SessionAbortedException;
            var answer = isAborted ? CommitOutcome.RolledBack : Connection.ExamineCommit(error);
            var isLost = !isAborted && Connection.Examine(error) == FailureKind.ConnectionLost;
            await UndoAsync().ConfigureAwait(false);
            if (isLost)
            {
                _services.ConnectionLost();
            }

            if (answer == CommitOutcome.Unknown)
            {
                return error;
            }

            Count(committed: false);
            if (isLost || error is OperationCanceledException)
            {
                throw Failed(CommitOutcome.RolledBack, error);
            }

            CommitRefusal.Note(error, _services.Source.Dialect);
            throw;   // the database's own answer
        }
        finally
        {
            await ReturnConnectionAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Asks on another connection what became of it; the permit is still this one's.</summary>
    private async Task<CommitOutcome> AskAsync()
    {
        if (Connection.CommitEvidence is not { } evidence)
        {
            return CommitOutcome.Unknown;   // it was lost before there was anything to ask by
        }

        using var limit = _services.CleanupToken();
        var asking = _services.Source.ConfirmCommitAsync(evidence, HasWritten, limit.Token);
        try
        {
            return await asking.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionLog.CommitUnconfirmed(_services.Logger, _services.EngineName, Operation, error);
            _ = asking.ContinueWith(
                static done => done.Exception,   // it is observed; its limit has passed
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return CommitOutcome.Unknown;
        }
    }

    /// <summary>Books the outcome of a commit that nobody answered, and tells it unless it is a success after all.</summary>
    private void Settle(CommitOutcome outcome, Exception unanswered, bool isOver)
    {
        if (isOver || outcome != CommitOutcome.Unknown)   // else what goes on behind the caller may know better yet
        {
            Count(outcome == CommitOutcome.Committed);
        }

        if (outcome != CommitOutcome.Committed)
        {
            throw Failed(outcome, unanswered);
        }

        SessionLog.CommitConfirmed(_services.Logger, _services.EngineName, Operation);
    }

    private CommitOutcomeException Failed(CommitOutcome outcome, Exception cause) =>
        new(Operation, outcome, _services.Settings.CleanupTimeout, cause);

    private void Count(bool committed)
    {
        if (Interlocked.Exchange(ref _isCounted, 1) != 0)
        {
            return;
        }

        if (committed)
        {
            _services.CountCommit();
            Owner.NoteCommitted();
            Owner.NoteDurable(HasWritten);
        }
        else
        {
            _services.CountRollback();
        }
    }

    private async Task ReleaseAfterAsync(Task<Exception?> commit)
    {
        try
        {
            if (await commit.ConfigureAwait(false) is not null)
            {
                Count(committed: false);
            }
        }
        finally
        {
            Release();
        }
    }
}
