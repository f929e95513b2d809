using Millpond.Transactions.Hooks;

namespace Millpond.Transactions;

/// <summary>The current savepoints, outermost first: the session's own and those that a library set by name.</summary>
/// <remarks>Used inside an operation of the session only, so by one task at a time.</remarks>
internal sealed class SavepointStack
{
    private List<Entry>? _entries;
    private int _last;

    private sealed record Entry(string Name, bool IsTransaction, HookMark Hooks);

    /// <summary>Gets how many of them are open inner transactions.</summary>
    public int OpenTransactions => _entries?.Count(static entry => entry.IsTransaction) ?? 0;

    /// <summary>Gets their names, in the order in which they were set.</summary>
    public IEnumerable<string> Names => _entries?.Select(static entry => entry.Name) ?? [];

    /// <summary>Gets or sets the statements queued inside the innermost one, or null.</summary>
    public StatementQueue? Queued { get; set; }

    public string NextName() => $"millpond_{++_last}";

    public void Push(string name, bool isTransaction, HookMark hooks) =>
        (_entries ??= []).Add(new Entry(name, isTransaction, hooks));

    public bool Contains(string name) => Find(name) >= 0;

    /// <summary>Removes a released savepoint and everything set after it.</summary>
    public void Release(string name) => Cut(Find(name));

    /// <summary>Removes what was set after a savepoint that was rolled back to. The savepoint itself stays.</summary>
    /// <returns>The number of hooks when it was set; null if unknown.</returns>
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

    /// <summary>Removes all of them.</summary>
    /// <remarks>The list itself is not changed: a session that ends does not wait for a transaction's disposal, which may read
    /// it at this moment.</remarks>
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
