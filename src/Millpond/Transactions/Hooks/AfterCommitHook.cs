namespace Millpond.Transactions.Hooks;

/// <summary>Something to do after a commit.</summary>
/// <param name="Run">Does it.</param>
/// <param name="Dropped">Is called where it will never be done; null: nothing is.</param>
/// <param name="IsDue">Whether the work it waits for is committed already, whatever becomes of the rest.</param>
internal sealed record AfterCommitHook(Func<CancellationToken, Task> Run, Action? Dropped = null, bool IsDue = false);
