namespace Millpond.Transactions.Hooks;

/// <summary>The hooks around the end of a session's transaction (S12).</summary>
/// <remarks>They belong to the transaction, whose commit or rollback takes them. Not thread-safe, like a session.</remarks>
internal sealed class SessionHooks
{
    private readonly List<Func<CancellationToken, Task>> _beforeCommit = [];
    private readonly List<AfterCommitHook> _afterCommit = [];
    private readonly List<AfterRollbackHook> _afterRollback = [];
    private int _transaction;   // counts them

    /// <summary>Gets the number of hooks of each kind, for a savepoint.</summary>
    public HookMark Mark => new(_beforeCommit.Count, _afterCommit.Count, _afterRollback.Count);

    public void BeforeCommit(Func<CancellationToken, Task> hook) => _beforeCommit.Add(hook);

    public void AfterCommit(AfterCommitHook hook) => _afterCommit.Add(hook);

    public void AfterRollback(Func<SessionRollback, CancellationToken, Task> hook) => _afterRollback.Add(new(hook));

    /// <summary>Runs the hooks before the commit in order, including those added meanwhile. One that fails stays, and fails the
    /// commit, unless it ended its transaction.</summary>
    public async Task RunBeforeCommitAsync(CancellationToken cancellationToken)
    {
        while (_beforeCommit is [var hook, ..])
        {
            var transaction = _transaction;
            _beforeCommit.RemoveAt(0);   // first, because a transaction that it commits runs the rest
            try
            {
                await hook(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (transaction == _transaction)
            {
                _beforeCommit.Insert(0, hook);
                throw;
            }
        }
    }

    /// <summary>Removes what was added since a savepoint that was rolled back to.</summary>
    /// <remarks>Hooks that undo something outside the database are still due when the connection is returned.</remarks>
    public void CutTo(HookMark mark)
    {
        Cut(_beforeCommit, mark.BeforeCommit);
        foreach (var dropped in Cut(_afterCommit, mark.AfterCommit))
        {
            dropped.Dropped?.Invoke();
        }

        for (var i = mark.AfterRollback; i < _afterRollback.Count; i++)
        {
            _afterRollback[i] = _afterRollback[i] with { IsDue = true };
        }
    }

    /// <summary>Takes the hooks due after a commit, and removes the rest.</summary>
    public DueHooks Committed()
    {
        DueHooks due = new(
            [.. _afterCommit],
            [.. _afterRollback.Where(static hook => hook.IsDue).Select(static hook => hook.Run)],
            new SessionRollback("a transaction inside the session was rolled back", error: null));
        Clear();
        return due;
    }

    /// <summary>Takes the hooks due after a rollback, and removes the rest.</summary>
    public DueHooks RolledBack(SessionRollback why)
    {
        DueHooks due = new(TakeDue(), [.. _afterRollback.Select(static hook => hook.Run)], why);
        Clear();
        return due;
    }

    /// <summary>Takes the hooks due if the outcome of the transaction is unknown, and removes the rest.</summary>
    /// <returns>Those hooks, and the number of removed ones.</returns>
    public (DueHooks Due, int Dropped) Unknown()
    {
        var all = _afterCommit.Count + _afterRollback.Count;
        DueHooks due = new(TakeDue(), [], new SessionRollback("the outcome of its commit is unknown", error: null));
        Clear();
        return (due, all - due.Committed.Count);
    }

    /// <summary>Takes the hooks whose work is committed, and drops those that wait for a commit.</summary>
    private AfterCommitHook[] TakeDue()
    {
        foreach (var hook in _afterCommit.Where(static hook => !hook.IsDue))
        {
            hook.Dropped?.Invoke();
        }

        return [.. _afterCommit.Where(static hook => hook.IsDue)];
    }

    private static List<T> Cut<T>(List<T> hooks, int from)
    {
        if (from >= hooks.Count)
        {
            return [];
        }

        var cut = hooks[from..];
        hooks.RemoveRange(from, hooks.Count - from);
        return cut;
    }

    private void Clear()
    {
        _transaction++;
        _beforeCommit.Clear();
        _afterCommit.Clear();
        _afterRollback.Clear();
    }
}
