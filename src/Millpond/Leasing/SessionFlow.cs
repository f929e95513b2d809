namespace Millpond.Leasing;

/// <summary>A flow of work: a request, or one <c>RunAsync</c>. If it needs a second connection, both are known (S14).</summary>
/// <remarks>
/// <para>Two connections per flow deadlock a bounded pool as soon as every permit is held by a flow that needs one more.</para>
/// <para>Thread-safe: a flow may branch. It is its own lock, because every request has one.</para>
/// </remarks>
internal sealed class SessionFlow
{
    private static readonly AsyncLocal<SessionFlow?> Ambient = new();

    private readonly SessionFlow? _outer;
    private SessionLease? _first;   // usually the only one
    private List<SessionLease>? _others;
    private readonly bool _isDetached;
    private readonly object? _work;
    private volatile bool _hasEnded;
    private volatile string? _effect;
    private volatile bool _isDurable;

    private SessionFlow(SessionFlow? outer, bool isDetached, object? work)
    {
        _outer = outer;
        _isDetached = isDetached;
        _work = work;
    }

    /// <summary>Gets the flow of the calling code, or null.</summary>
    /// <remarks>Code that runs on after the flow has ended is not inside it, because nothing there waits for it.</remarks>
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

    /// <summary>Gets the name of the work, or null.</summary>
    public string? Work => _work?.ToString() ?? _outer?.Work;

    /// <summary>Gets whether it has ended.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Gets the effect that a retry would repeat, for example <c>a session that was opened inside it had
    /// committed</c>, or null (S17).</summary>
    public string? Effect => _effect;

    /// <summary>Gets whether some of its work is committed, so no response may invite a repetition (S23).</summary>
    public bool IsDurable => _isDurable;

    /// <summary>Begins a flow inside the current one, until the calling asynchronous method returns.</summary>
    /// <param name="work">An object whose text names the work, or null.</param>
    /// <returns>The flow. The caller ends it.</returns>
    public static SessionFlow Begin(object? work = null) =>
        Ambient.Value = new SessionFlow(Current, isDetached: false, work);

    /// <summary>Begins a flow for what follows the work, such as hooks, whose commits are not part of the work.</summary>
    /// <inheritdoc cref="Begin" path="/returns"/>
    public static SessionFlow BeginDetached() => Ambient.Value = new SessionFlow(Current, isDetached: true, work: null);

    /// <summary>Ends it, also for code that runs on.</summary>
    public void End() => _hasEnded = true;

    /// <summary>Records what prevents a retry. The first effect is kept.</summary>
    public void Note(string effect)
    {
        for (var flow = this; flow is not null && !flow._isDetached; flow = flow._outer)
        {
            flow._effect ??= effect;
        }
    }

    /// <summary>Records that some of its work is committed.</summary>
    public void NoteDurable()
    {
        for (var flow = this; flow is not null && !flow._isDetached; flow = flow._outer)
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

    /// <summary>Finds any current lease in this flow or one around it.</summary>
    public SessionLease? FindAny()
    {
        for (var flow = this; flow is not null; flow = flow._outer)
        {
            lock (flow)
            {
                if (!flow._hasEnded && (flow._first ?? flow._others?.FirstOrDefault()) is { } lease)
                {
                    return lease;
                }
            }
        }

        return null;
    }

    /// <summary>Finds a current lease of the same engine in this flow or one around it.</summary>
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
