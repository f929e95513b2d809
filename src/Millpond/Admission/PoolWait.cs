namespace Millpond.Admission;

/// <summary>Where the time of a caller went that wanted a connection.</summary>
internal readonly record struct PoolWait
{
    /// <summary>Gets how long it stood in the queue for a permit.</summary>
    public TimeSpan Queue { get; init; }

    /// <summary>Gets how long it waited for a connection to be opened, with its permit in hand.</summary>
    public TimeSpan Open { get; init; }

    /// <summary>Gets how much later than it could have gone on a caller of this pool lately did so.</summary>
    /// <value>The longest of the last seconds. Much more than some milliseconds mean that something blocks the thread pool:
    /// that looks like an exhausted pool and is none.</value>
    public TimeSpan ResumeLag { get; init; }
}
