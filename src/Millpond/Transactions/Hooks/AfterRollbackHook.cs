namespace Millpond.Transactions.Hooks;

/// <summary>Something to do after a rollback.</summary>
/// <param name="Run">Does it.</param>
/// <param name="IsDue">Whether the part it belongs to was rolled back already, whatever becomes of the rest.</param>
internal sealed record AfterRollbackHook(Func<SessionRollback, CancellationToken, Task> Run, bool IsDue = false);
