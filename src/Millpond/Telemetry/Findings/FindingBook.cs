using Microsoft.Extensions.Logging;

namespace Millpond.Telemetry.Findings;

/// <summary>The findings of an engine.</summary>
/// <remarks>Thread-safe. It keeps a hundred; a new one replaces the one that was not seen for the longest time. Each is logged
/// at most once in five minutes.</remarks>
internal sealed class FindingBook(string engineName, TimeProvider time, ILogger logger)
{
    public const int MaxFindings = 100;

    private static readonly TimeSpan LogPause = TimeSpan.FromMinutes(5);
    private static readonly int Kinds = Enum.GetValues<FindingKind>().Length;

    private readonly Lock _lock = new();
    private readonly Dictionary<(FindingKind Kind, string Operation, string Key), Entry> _entries = [];
    private readonly long[] _totals = new long[Kinds];

    /// <summary>Gets how often each kind was found, by its id.</summary>
    public IEnumerable<(string Id, long Count)> Totals =>
        Enumerable.Range(0, Kinds).Select(kind => (IdOf((FindingKind)kind), Volatile.Read(ref _totals[kind])));

    public static string IdOf(FindingKind kind) => $"MILL{4001 + (int)kind}";

    /// <summary>Adds a finding, or counts a known one again.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="operation">The operation it is about, or null.</param>
    /// <param name="key">What makes it the same finding, besides its kind and operation.</param>
    /// <param name="describe">Describes it. Called when it is new or its log is due.</param>
    /// <param name="state">Passed to it.</param>
    public void Add<TState>(
        FindingKind kind, string? operation, string key, Func<TState, FindingText> describe, TState state)
    {
        Interlocked.Increment(ref _totals[(int)kind]);
        FindingSnapshot? due = null;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var place = (kind, operation ?? "", key);
            if (!_entries.TryGetValue(place, out var entry))
            {
                RemoveOldest();
                _entries[place] = entry = new Entry { FirstSeen = now };
            }

            entry.Count++;
            entry.LastSeen = now;
            if (entry.LoggedAt is not { } logged || now - logged >= LogPause)
            {
                entry.LoggedAt = now;
                entry.Text = describe(state);
                due = Snapshot(place, entry);
            }
        }

        if (due is not null)
        {
            Log(due);
        }
    }

    /// <summary>Describes the findings, the newest first.</summary>
    public FindingSnapshot[] Describe()
    {
        lock (_lock)
        {
            return [.. _entries.Select(static one => Snapshot(one.Key, one.Value)).OrderByDescending(static one => one.LastSeen)];
        }
    }

    private static FindingSnapshot Snapshot((FindingKind Kind, string Operation, string Key) place, Entry entry) => new()
    {
        Kind = place.Kind,
        Id = IdOf(place.Kind),
        Operation = place.Operation.Length == 0 ? null : place.Operation,
        Message = entry.Text.Message,
        Remedy = entry.Text.Remedy,
        Sites = entry.Text.Sites,
        Count = entry.Count,
        FirstSeen = entry.FirstSeen,
        LastSeen = entry.LastSeen,
    };

    private void RemoveOldest()
    {
        if (_entries.Count >= MaxFindings)
        {
            _entries.Remove(_entries.MinBy(static one => one.Value.LastSeen).Key);
        }
    }

    /// <remarks>A logger that throws must not fail the session that the finding is about.</remarks>
    private void Log(FindingSnapshot found)
    {
        if (found.Kind.HasOwnLog())
        {
            return;
        }

        try
        {
            var where = found.Sites.Count == 0 ? "" : $"Where: {string.Join("; ", found.Sites)}. ";
            FindingLog.Found(logger, engineName, found.Message, found.Remedy, where, found.Count, found.Id);
        }
        catch (Exception)
        {
            // It is in the snapshot all the same.
        }
    }

    private sealed class Entry
    {
        public FindingText Text { get; set; }

        public long Count { get; set; }

        public DateTimeOffset FirstSeen { get; init; }

        public DateTimeOffset LastSeen { get; set; }

        public DateTimeOffset? LoggedAt { get; set; }
    }
}
