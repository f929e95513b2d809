using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Transactions.Hooks;

namespace Millpond.Transactions;

/// <content>What is to be done around the end of its transactions (S12), and what forbids to do its work again (S17).</content>
internal sealed partial class UnitOfWork
{
    private SessionHooks? _hooks;
    private volatile CommitLevel _commit;   // how far in a commit is under way, from its first hook on
    private List<SessionParticipant>? _participants;

    /// <summary>Gets who takes part in its commits.</summary>
    public IReadOnlyList<SessionParticipant>? Participants => _participants;

    /// <summary>Gets what the work did outside of the database; null: nothing that anybody told.</summary>
    public string? ExternalEffect { get; private set; }

    /// <summary>Gets whether something of it is committed, or may be.</summary>
    public bool HasCommitted { get; private set; }

    /// <summary>Gets whether something is to run before its next commit.</summary>
    public bool HasBeforeCommit => _hooks?.Mark.BeforeCommit > 0;

    public SessionHooks AddingHooks()
    {
        ThrowIfOver();
        return _hooks ??= new SessionHooks();
    }

    /// <summary>Adds what runs after the next commit. Outside of any transaction, in autocommit, all that it could wait for is
    /// committed already: it also runs when the session rolls back or ends.</summary>
    public void AfterCommit(AfterCommitHook hook) =>
        AddingHooks().AfterCommit(hook with { IsDue = CommitsEachStatement });

    /// <summary>Adds what undoes something, unless nothing could ever be rolled back that it belongs to.</summary>
    public void AfterRollback(Func<SessionRollback, CancellationToken, Task> hook)
    {
        ThrowIfOver();
        if (!CommitsEachStatement)
        {
            AddingHooks().AfterRollback(hook);
        }
    }

    public void Enroll(SessionParticipant participant) => (_participants ??= []).Add(participant);

    public void MarkExternalEffect(string what)
    {
        ThrowIfOver();
        ExternalEffect ??= what;
        Flow?.Note($"a session that was opened inside it had an effect outside of the database ({what})");
    }

    /// <summary>Begins a commit, its hooks included.</summary>
    /// <returns>What is under way around it; whoever began it goes back to that.</returns>
    /// <exception cref="SessionConcurrencyException">Another one is under way, or this is inside its hooks.</exception>
    private CommitLevel BeginCommit(CommitLevel level)
    {
        var around = _commit;
        return around < level && Interlocked.CompareExchange(ref _commit, level, around) == around
            ? around
            : throw new SessionConcurrencyException(Operation.Commit.Text, Operation.Commit.Text, readerOpen: false, null);
    }

    /// <summary>Runs what comes before a commit, unless that cannot succeed any more.</summary>
    private Task RunBeforeCommitAsync(CommitLevel level, CancellationToken cancellationToken) =>
        (_hooks is null && _participants is null) || _health.Worst > FailureKind.Statement
            ? Task.CompletedTask
            : HearAllAsync(level, cancellationToken);

    private async Task HearAllAsync(CommitLevel level, CancellationToken cancellationToken)
    {
        do
        {
            await (_hooks?.RunBeforeCommitAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);

            // A transaction in autocommit may be a participant's own: a save is committed before its context counts it as saved.
            foreach (var participant in level == CommitLevel.Session ? _participants?.ToArray() ?? [] : [])
            {
                await participant.BeforeCommitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        while (HasBeforeCommit);   // saving may have registered more
    }

    private HooksDue? TakeCommitted()
    {
        HasCommitted = true;
        return _hooks?.Committed();
    }

    /// <summary>Takes what comes after a rollback. Inside the operation that rolled back, or after the session's last.</summary>
    private HooksDue? TakeRolledBack(string reason, Exception? error) => _hooks?.RolledBack(new SessionRollback(reason, error));

    /// <summary>Takes what comes after a commit that failed and took the transaction with it.</summary>
    private HooksDue? TakeFailed(Exception error)
    {
        if (NoteCause(error) is not CommitOutcomeException { Outcome: CommitOutcome.Unknown })
        {
            return TakeRolledBack("its commit failed", error);
        }

        HasCommitted = true;   // for all that anybody knows
        NoteCommitted();
        var (due, dropped) = _hooks?.Unknown() ?? default;
        if (dropped > 0)
        {
            SessionLog.HooksDropped(Services.Logger, dropped, Origin.Operation);
        }

        return due;
    }
}
