using System.Collections.Concurrent;

namespace Millpond.IntegrationTests.Hosts;

/// <summary>Remembers why sessions were rolled back.</summary>
public sealed class RollbackBook
{
    public ConcurrentQueue<SessionRollback> Told { get; } = new();

    /// <summary>Gets what ends when a call that worked past its deadline has ended.</summary>
    public TaskCompletionSource LateEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
