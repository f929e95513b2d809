namespace Millpond.Transactions.Hooks;

/// <summary>A hook after a commit.</summary>
/// <param name="Run">Runs it.</param>
/// <param name="Dropped">Called if it will never run, or null.</param>
/// <param name="IsDue">Whether the work it waits for is already committed, whatever happens to the rest.</param>
internal sealed record AfterCommitHook(Func<CancellationToken, Task> Run, Action? Dropped = null, bool IsDue = false);
