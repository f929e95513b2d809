namespace Millpond.Testing.Resets;

/// <summary>The order in which tables can be emptied: those that reference others come first.</summary>
internal sealed class TableOrder
{
    private readonly ILookup<long, long> _references;
    private readonly Dictionary<long, bool> _seen = [];   // true: it and all tables that it references are in the list
    private readonly List<long> _sorted = [];

    public TableOrder(IEnumerable<long> tables, ILookup<long, long> references)
    {
        _references = references;
        HashSet<long> known = [.. tables];
        foreach (var table in known)
        {
            Visit(table, known);
        }

        _sorted.Reverse();
    }

    public IReadOnlyList<long> Sorted => _sorted;

    /// <summary>Gets a table in a cycle of references; null if there is none.</summary>
    public long? Cycle { get; private set; }

    private void Visit(long table, HashSet<long> known)
    {
        if (_seen.TryGetValue(table, out var isDone))
        {
            Cycle = isDone ? Cycle : table;
            return;
        }

        _seen[table] = false;
        foreach (var target in _references[table].Where(known.Contains))
        {
            Visit(target, known);
        }

        _seen[table] = true;
        _sorted.Add(table);
    }
}
