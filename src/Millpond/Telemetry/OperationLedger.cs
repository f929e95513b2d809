using System.Collections.Concurrent;

namespace Millpond.Telemetry;

/// <summary>What each operation costs the pool since the start.</summary>
/// <remarks>Thread-safe. It keeps 500 operations; what comes later is added to one that stands for all others, so a service
/// with endless names, such as unmatched paths, needs no more memory.</remarks>
internal sealed class OperationLedger
{
    public const int MaxOperations = 500;

    private readonly ConcurrentDictionary<string, LedgerEntry> _entries = new(StringComparer.Ordinal);
    private readonly LedgerEntry _others = new("(others)");
    private int _count;

    public void Held(string operation, TimeSpan held, TimeSpan idle, SessionOutcome outcome) =>
        EntryOf(operation).Held(held, idle, outcome);

    public void Rejected(string operation) => EntryOf(operation).Rejected();

    public void Retried(string operation, TimeSpan lost, string? rivals) => EntryOf(operation).Retried(lost, rivals);

    /// <summary>Returns the operations that held connections when it last conflicted, or null.</summary>
    public string? RivalsOf(string operation) => _entries.TryGetValue(operation, out var entry) ? entry.Rivals : null;

    /// <summary>Describes the operations, the costliest first.</summary>
    public OperationSnapshot[] Describe(int most)
    {
        // Only the entries that are returned are described: a quantile reads hundreds of counts.
        var all = _entries.Values.Append(_others).Where(static entry => !entry.IsEmpty).ToList();
        var total = all.Aggregate(TimeSpan.Zero, static (sum, one) => sum + one.PoolTime);
        return
        [
            .. all.OrderByDescending(static one => one.PoolTime).ThenBy(static one => one.Operation, StringComparer.Ordinal)
                .Take(most)
                .Select(static one => one.Describe())
                .Select(one => one with { PoolShare = total > TimeSpan.Zero ? one.PoolTime / total : 0 }),
        ];
    }

    private LedgerEntry EntryOf(string operation)
    {
        if (_entries.TryGetValue(operation, out var known))
        {
            return known;
        }

        if (Volatile.Read(ref _count) >= MaxOperations)
        {
            return _others;
        }

        var added = new LedgerEntry(operation);
        var entry = _entries.GetOrAdd(operation, added);
        if (ReferenceEquals(entry, added))
        {
            Interlocked.Increment(ref _count);
        }

        return entry;
    }
}
