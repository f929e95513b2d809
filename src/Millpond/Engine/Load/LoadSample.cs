namespace Millpond.Engine.Load;

/// <summary>The load of an engine during one interval.</summary>
internal readonly record struct LoadSample
{
    public DateTimeOffset At { get; init; }

    /// <summary>Gets how many sessions were running a command at its end.</summary>
    public int Executing { get; init; }

    /// <summary>Gets how many held a connection without running a command.</summary>
    public int HeldIdle { get; init; }

    /// <summary>Gets how many permits were in use without a session: their connections were being opened.</summary>
    public int Opening { get; init; }

    public int Waiting { get; init; }

    /// <summary>Gets how many sessions were waiting for the write permit.</summary>
    public int WaitingToWrite { get; init; }

    public TimeSpan OldestWait { get; init; }

    /// <summary>Gets how many sessions returned their connection.</summary>
    public long Sessions { get; init; }

    public long Rejected { get; init; }

    public long TimedOut { get; init; }

    public TimeSpan WaitP50 { get; init; }

    public TimeSpan WaitP99 { get; init; }

    public TimeSpan UseP50 { get; init; }

    public TimeSpan UseP99 { get; init; }

    /// <summary>Gets for how long all sessions held connections.</summary>
    public TimeSpan PoolTime { get; init; }

    /// <summary>Gets for how much of that no command was running.</summary>
    public TimeSpan IdleTime { get; init; }

    public TimeSpan ResumeLag { get; init; }

    /// <summary>Gets the length of the thread pool's queue.</summary>
    public long ThreadPoolQueue { get; init; }
}
