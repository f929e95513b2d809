using Millpond.Leasing;

namespace Millpond.Transactions.Hooks;

/// <summary>The hooks around the ends of a session's transactions, and the progress of a commit (S12).</summary>
internal sealed class UnitHooks(UnitOfWork unit)
{
    private SessionHooks? _hooks;
    private List<SessionParticipant>? _participants;
    private volatile CommitLevel _commit;   // the level of the current commit, from its first hook on

    public IReadOnlyList<SessionParticipant> Participants => _participants ?? [];

    /// <summary>Gets its effect outside the database, which a rollback cannot undo, or null.</summary>
    public string? ExternalEffect { get; private set; }

    /// <summary>Gets or sets whether it has committed something, as far as is known.</summary>
    public bool HasCommitted { get; set; }

    public bool Any => _hooks is not null;

    public bool HasBeforeCommit => _hooks?.Mark.BeforeCommit > 0;

    /// <summary>Gets the position of a savepoint among the hooks.</summary>
    public HookMark Mark => _hooks?.Mark ?? default;

    public void BeforeCommit(Func<CancellationToken, Task> hook) => Adding().BeforeCommit(hook);

    public void AfterCommit(AfterCommitHook hook) => Adding().AfterCommit(hook with { IsDue = unit.CommitsEachStatement });

    public void AfterRollback(Func<SessionRollback, CancellationToken, Task> hook)
    {
        unit.ThrowIfOver();
        if (!unit.CommitsEachStatement)
        {
            Adding().AfterRollback(hook);
        }
    }

    public void Enroll(SessionParticipant participant) => (_participants ??= []).Add(participant);

    public void MarkExternalEffect(string what)
    {
        unit.ThrowIfOver();
        ExternalEffect ??= what;
        unit.Flow?.Note($"a session that was opened inside it had an effect outside the database ({what})");
    }

    /// <summary>Records that a commit begins.</summary>
    /// <returns>The previous level, for <see cref="LeaveCommit"/>.</returns>
    /// <exception cref="SessionConcurrencyException">One of this level is in progress.</exception>
    public CommitLevel EnterCommit(CommitLevel level)
    {
        var around = _commit;
        return around < level && Interlocked.CompareExchange(ref _commit, level, around) == around
            ? around
            : throw new SessionConcurrencyException(Operation.Commit.Text, Operation.Commit.Text, readerOpen: false, null);
    }

    public void LeaveCommit(CommitLevel around) => _commit = around;

    /// <summary>Runs the hooks before a commit, then the participants, which may register more.</summary>
    public Task RunBeforeCommitAsync(CommitLevel level, CancellationToken cancellationToken) =>
        (_hooks is null && _participants is null) || unit.Health.Worst > Providers.FailureKind.Statement
            ? Task.CompletedTask
            : RunAllAsync(level, cancellationToken);

    public void CutTo(HookMark mark) => _hooks?.CutTo(mark);

    public DueHooks? TakeCommitted()
    {
        HasCommitted = true;
        return _hooks?.Committed();
    }

    public DueHooks? TakeRolledBack(string reason, Exception? error) => _hooks?.RolledBack(new SessionRollback(reason, error));

    /// <summary>Takes the hooks due after a failed commit; none if its outcome is unknown.</summary>
    public DueHooks? TakeFailed(Exception error)
    {
        unit.Causes.Note(error, unit.Services.Source.Dialect);
        if (error is not CommitOutcomeException { Outcome: CommitOutcome.Unknown })
        {
            return TakeRolledBack("its commit failed", error);
        }

        HasCommitted = true;   // it may have
        unit.NoteCommitted();
        var (due, dropped) = _hooks?.Unknown() ?? default;
        if (dropped > 0)
        {
            SessionLog.HooksDropped(unit.Services.Logger, dropped, unit.Origin.Operation);
        }

        return due;
    }

    private SessionHooks Adding()
    {
        unit.ThrowIfOver();
        return _hooks ??= new SessionHooks();
    }

    private async Task RunAllAsync(CommitLevel level, CancellationToken cancellationToken)
    {
        do
        {
            await (_hooks?.RunBeforeCommitAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);

            // A transaction in autocommit mode may be a participant's own: a save is committed before its context counts it as
            // saved.
            foreach (var participant in level == CommitLevel.Session ? _participants?.ToArray() ?? [] : [])
            {
                await participant.BeforeCommitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        while (HasBeforeCommit);   // saving may have registered more
    }
}
