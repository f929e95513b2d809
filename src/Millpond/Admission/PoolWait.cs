namespace Millpond.Admission;

/// <summary>How the time of a caller was spent that waited for a connection.</summary>
internal readonly record struct PoolWait
{
    /// <summary>Gets how long it waited in the queue for a permit.</summary>
    public TimeSpan Queue { get; init; }

    /// <summary>Gets how long it waited for a connection to be opened, with its permit.</summary>
    public TimeSpan Open { get; init; }

    /// <summary>Gets how late a caller of this pool recently resumed.</summary>
    /// <value>The longest of the last seconds. Much more than a few milliseconds means that something blocks the thread pool,
    /// which looks like an exhausted pool.</value>
    public TimeSpan ResumeLag { get; init; }
}
