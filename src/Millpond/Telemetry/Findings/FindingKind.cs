namespace Millpond;

/// <summary>A kind of problem that an engine finds while it runs.</summary>
public enum FindingKind
{
    /// <summary>A session held its connection for longer than <c>LeakThreshold</c>. MILL4001.</summary>
    Leak,

    /// <summary>A session held its connection idle while its code awaited an HTTP call. MILL4002.</summary>
    HeldWhileWaiting,

    /// <summary>Two operations used one session at the same time. MILL4003.</summary>
    SharedSession,

    /// <summary>A session was called synchronously. MILL4004.</summary>
    SynchronousCall,

    /// <summary>A session needed a second connection inside another session that held one. MILL4005.</summary>
    NestedSession,

    /// <summary>A session ran the same statement many times in a row (N+1). MILL4006.</summary>
    RepeatedStatement,

    /// <summary>An idle connection was found dead and replaced. MILL4007.</summary>
    StaleConnection,

    /// <summary>Sessions resumed late, because something blocks the thread pool. MILL4008.</summary>
    ThreadPoolStarvation,

    /// <summary>The pools of all workers exceed the server's connection limit. MILL4009.</summary>
    PoolTooLarge,

    /// <summary>Conflicts between transactions cost the pool much time. MILL4010.</summary>
    CostlyRetries,
}
