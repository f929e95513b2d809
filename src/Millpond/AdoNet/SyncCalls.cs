namespace Millpond;

/// <summary>What happens if a session is called synchronously, which would block a thread.</summary>
public enum SyncCalls
{
    /// <summary>The call throws <see cref="SynchronousCallException"/>.</summary>
    Throw,

    /// <summary>The call blocks its thread and is counted. Each place in the code is logged once.</summary>
    Warn,

    /// <summary>The call blocks its thread and is counted.</summary>
    Allow,
}
