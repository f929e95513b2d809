namespace Millpond;

/// <summary>What happens when a library calls a session synchronously and would block a thread.</summary>
public enum SyncCalls
{
    /// <summary>The call throws <see cref="SynchronousCallException"/>.</summary>
    Throw,

    /// <summary>The call blocks its thread, is counted, and each place it comes from is logged once.</summary>
    Warn,

    /// <summary>The call blocks its thread and is counted.</summary>
    Allow,
}
