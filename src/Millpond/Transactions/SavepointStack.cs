using Millpond.Transactions.Hooks;

namespace Millpond.Transactions;

/// <summary>The savepoints that are set, outermost first; both ours and those a library set by name.</summary>
/// <remarks>Used inside an operation of the session only, so by one task at a time.</remarks>
internal sealed class SavepointStack
{
    private List<Entry>? _entries;
    private int _last;

    private sealed record Entry(string Name, bool IsTransaction, HookMark Hooks);

    /// <summary>Gets how many of them are transactions inside the session's own that wait for their commit or rollback.</summary>
    public int OpenTransactions => _entries?.Count(static entry => entry.IsTransaction) ?? 0;

    /// <summary>Gets their names, in the order in which they were set.</summary>
    public IEnumerable<string> Names => _entries?.Select(static entry => entry.Name) ?? [];

    /// <summary>Gets or sets the statements that wait to be sent inside the innermost; null: none.</summary>
    public StatementQueue? Queued { get; set; }

    public string NextName() => $"millpond_{++_last}";

    public void Push(string name, bool isTransaction, HookMark hooks) =>
        (_entries ??= []).Add(new Entry(name, isTransaction, hooks));

    public bool Contains(string name) => Find(name) >= 0;

    /// <summary>Forgets a released savepoint and everything set after it.</summary>
    public void Release(string name) => Cut(Find(name));

    /// <summary>Forgets what was set after a savepoint that was rolled back to; it stays itself.</summary>
    /// <returns>How many hooks there were when it was set; null where it is not known.</returns>
    public HookMark? RollBackTo(string name)
    {
        var found = Find(name);
        if (found < 0)
        {
            return null;
        }

        Cut(found + 1);
        return _entries![found].Hooks;
    }

    /// <summary>Forgets all of them.</summary>
    /// <remarks>Leaves the list behind as it is: a session that ends by itself does not wait for a transaction's disposal, which
    /// may look at it at this moment.</remarks>
    public void Clear() => _entries = null;

    private int Find(string name) =>
        _entries?.FindLastIndex(entry => string.Equals(entry.Name, name, StringComparison.OrdinalIgnoreCase)) ?? -1;

    private void Cut(int from)
    {
        if (from >= 0)
        {
            _entries!.RemoveRange(from, _entries.Count - from);
        }
    }
}
