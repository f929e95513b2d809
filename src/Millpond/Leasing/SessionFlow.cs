namespace Millpond.Leasing;

/// <summary>One flow of work: a request, or one <c>RunAsync</c>; where it asks for a second connection, both are known
/// (S14).</summary>
/// <remarks>
/// <para>Two connections in one flow deadlock a bounded pool as soon as every permit is held by a flow that wants one more.
/// </para>
/// <para>Thread-safe: a flow may branch. It is its own lock, because every request has one.</para>
/// </remarks>
internal sealed class SessionFlow
{
    private static readonly AsyncLocal<SessionFlow?> Ambient = new();

    private readonly SessionFlow? _outer;
    private SessionLease? _first;   // nearly always the only one
    private List<SessionLease>? _others;
    private readonly bool _isApart;
    private readonly object? _work;
    private volatile bool _hasEnded;
    private volatile string? _effect;
    private volatile bool _isDurable;

    private SessionFlow(SessionFlow? outer, bool isApart, object? work)
    {
        _outer = outer;
        _isApart = isApart;
        _work = work;
    }

    /// <summary>Gets the flow that the calling code belongs to; null outside of any.</summary>
    /// <remarks>What a flow left running is not inside it any more once it has ended: nothing there waits for it.</remarks>
    public static SessionFlow? Current
    {
        get
        {
            var flow = Ambient.Value;
            while (flow is { _hasEnded: true })
            {
                flow = flow._outer;
            }

            return flow;
        }
    }

    /// <summary>Gets the name of the work that it is; null: not known.</summary>
    public string? Work => _work?.ToString() ?? _outer?.Work;

    /// <summary>Gets whether it is over.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Gets what would be done twice by a retry: <c>a session that was opened inside it had committed</c>; null: nothing
    /// (S17).</summary>
    public string? Effect => _effect;

    /// <summary>Gets whether work of it is committed, so that no answer may ask the client to repeat it (S23).</summary>
    public bool IsDurable => _isDurable;

    /// <summary>Begins a flow inside the present one, until the calling asynchronous method returns.</summary>
    /// <param name="work">What its text names the work by; null: nothing.</param>
    /// <returns>The flow; whoever began it ends it.</returns>
    public static SessionFlow Begin(object? work = null) =>
        Ambient.Value = new SessionFlow(Current, isApart: false, work);

    /// <summary>Begins one for what comes after the work, such as hooks: what it commits is no part of the work.</summary>
    /// <inheritdoc cref="Begin" path="/returns"/>
    public static SessionFlow BeginApart() => Ambient.Value = new SessionFlow(Current, isApart: true, work: null);

    /// <summary>Ends it, also for those who run on with it.</summary>
    public void End() => _hasEnded = true;

    /// <summary>Notes what prevents a retry; the first stays.</summary>
    public void Note(string effect)
    {
        for (var flow = this; flow is not null && !flow._isApart; flow = flow._outer)
        {
            flow._effect ??= effect;
        }
    }

    /// <summary>Notes that work of it is committed.</summary>
    public void NoteDurable()
    {
        for (var flow = this; flow is not null && !flow._isApart; flow = flow._outer)
        {
            flow._isDurable = true;
        }
    }

    public void Add(SessionLease lease)
    {
        lock (this)
        {
            if (_first is null)
            {
                _first = lease;
            }
            else
            {
                (_others ??= []).Add(lease);
            }
        }
    }

    public void Remove(SessionLease lease)
    {
        lock (this)
        {
            if (ReferenceEquals(_first, lease))
            {
                _first = null;
            }
            else
            {
                _others?.Remove(lease);
            }
        }
    }

    /// <summary>Finds a lease of the same engine that this flow, or one around it, holds now.</summary>
    public SessionLease? Find(LeaseServices engine)
    {
        for (var flow = this; flow is not null; flow = flow._outer)
        {
            if (flow._hasEnded)
            {
                continue;
            }

            lock (flow)
            {
                if (flow._first is { } first && ReferenceEquals(first.Services, engine))
                {
                    return first;
                }

                if (flow._others?.Find(lease => ReferenceEquals(lease.Services, engine)) is { } other)
                {
                    return other;
                }
            }
        }

        return null;
    }
}
