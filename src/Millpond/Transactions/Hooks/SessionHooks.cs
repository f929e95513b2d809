namespace Millpond.Transactions.Hooks;

/// <summary>What is to be done around the end of a session's transaction (S12).</summary>
/// <remarks>They belong to the transaction: its commit or rollback takes them. Not thread-safe, as a session is not.</remarks>
internal sealed class SessionHooks
{
    private readonly List<Func<CancellationToken, Task>> _beforeCommit = [];
    private readonly List<AfterCommitHook> _afterCommit = [];
    private readonly List<AfterRollbackHook> _afterRollback = [];
    private int _transaction;   // counts them

    /// <summary>Gets how many there are of each kind: where a savepoint stands among them.</summary>
    public HookMark Mark => new(_beforeCommit.Count, _afterCommit.Count, _afterRollback.Count);

    public void BeforeCommit(Func<CancellationToken, Task> hook) => _beforeCommit.Add(hook);

    public void AfterCommit(AfterCommitHook hook) => _afterCommit.Add(hook);

    public void AfterRollback(Func<SessionRollback, CancellationToken, Task> hook) => _afterRollback.Add(new(hook));

    /// <summary>Runs what comes before the commit, in order, also what is added meanwhile. What fails stays, and fails the
    /// commit; unless it ended the transaction that it belonged to.</summary>
    public async Task RunBeforeCommitAsync(CancellationToken cancellationToken)
    {
        while (_beforeCommit is [var hook, ..])
        {
            var transaction = _transaction;
            _beforeCommit.RemoveAt(0);   // first: a transaction that it commits runs what is left
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

    /// <summary>Takes back what was added since a savepoint that was rolled back to.</summary>
    /// <remarks>What undoes something outside of the database is still due, once the connection is back.</remarks>
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

    /// <summary>Takes what is to be done after a commit, and forgets the rest.</summary>
    public HooksDue Committed()
    {
        HooksDue due = new(
            [.. _afterCommit],
            [.. _afterRollback.Where(static hook => hook.IsDue).Select(static hook => hook.Run)],
            new SessionRollback("a transaction inside the session was rolled back", error: null));
        Clear();
        return due;
    }

    /// <summary>Takes what is to be done after a rollback, and forgets the rest.</summary>
    public HooksDue RolledBack(SessionRollback why)
    {
        HooksDue due = new(TakeDue(), [.. _afterRollback.Select(static hook => hook.Run)], why);
        Clear();
        return due;
    }

    /// <summary>Takes what is to be done where nobody knows what became of the transaction, and forgets the rest.</summary>
    /// <returns>That, and how many are forgotten.</returns>
    public (HooksDue Due, int Dropped) Unknown()
    {
        var all = _afterCommit.Count + _afterRollback.Count;
        HooksDue due = new(TakeDue(), [], new SessionRollback("the outcome of its commit is unknown", error: null));
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
