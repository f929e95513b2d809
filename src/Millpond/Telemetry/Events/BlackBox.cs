namespace Millpond.Telemetry.Events;

/// <summary>A ring of the last events at a gate, which is copied at the first rejection of an incident (G23).</summary>
/// <remarks>Writing is lock-free and allocates nothing: a writer takes a sequence number, marks its slot as unfinished, fills
/// it and publishes the number. A reader skips slots that change meanwhile. Thread-safe.</remarks>
internal sealed class BlackBox(TimeProvider time)
{
    private const int Size = 4_096;

    // A burst of rejections is one incident.
    private static readonly TimeSpan IncidentPause = TimeSpan.FromMinutes(1);

    private readonly Slot[] _slots = new Slot[Size];
    private readonly Lock _lock = new();
    private long _next;
    private long _lastTrouble;
    private Incident? _incident;

    /// <summary>Gets the latest incident, or null.</summary>
    public Incident? Latest
    {
        get
        {
            lock (_lock)
            {
                return _incident;
            }
        }
    }

    public void Note(GateEventKind kind, long session = 0, TimeSpan limit = default)
    {
        var number = Interlocked.Increment(ref _next);
        ref var slot = ref _slots[number & (Size - 1)];
        Volatile.Write(ref slot.Number, 0);
        slot.At = time.GetTimestamp();
        slot.Session = session;
        slot.Limit = limit;
        slot.Kind = kind;
        Volatile.Write(ref slot.Number, number);
        if (kind is GateEventKind.TimedOut or GateEventKind.Rejected)
        {
            Freeze(kind);
        }
    }

    /// <summary>Reads the events, the oldest first.</summary>
    public List<GateEventSnapshot> Read()
    {
        var last = Volatile.Read(ref _next);
        List<(long At, GateEventSnapshot Event)> events = [];
        for (var number = Math.Max(1, last - Size + 1); number <= last; number++)
        {
            ref var slot = ref _slots[number & (Size - 1)];
            if (Volatile.Read(ref slot.Number) != number)
            {
                continue;
            }

            var copy = slot;
            Thread.MemoryBarrier();   // the copy before the second look
            if (Volatile.Read(ref slot.Number) == number)
            {
                events.Add((copy.At, new() { Kind = copy.Kind, SessionId = copy.Session, Limit = copy.Limit }));
            }
        }

        var first = events.Count == 0 ? 0 : events.Min(static one => one.At);
        return
        [
            .. events.OrderBy(static one => one.At)
                .Select(one => one.Event with { At = time.GetElapsedTime(first, one.At) }),
        ];
    }

    /// <summary>Copies the ring, unless a rejection was noted during the last minute.</summary>
    private void Freeze(GateEventKind reason)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var isSame = _incident is not null && time.GetElapsedTime(_lastTrouble, now) < IncidentPause;
            _lastTrouble = now;
            if (isSame)
            {
                return;
            }

            _incident = new Incident(time.GetUtcNow(), reason, Read());
        }
    }

    internal sealed record Incident(DateTimeOffset At, GateEventKind Reason, IReadOnlyList<GateEventSnapshot> Events);

    private struct Slot
    {
        public long Number;
        public long At;
        public long Session;
        public TimeSpan Limit;
        public GateEventKind Kind;
    }
}
