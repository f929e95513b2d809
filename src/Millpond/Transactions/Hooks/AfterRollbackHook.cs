namespace Millpond.Transactions.Hooks;

/// <summary>A hook after a rollback.</summary>
/// <param name="Run">Runs it.</param>
/// <param name="IsDue">Whether its part was already rolled back, whatever happens to the rest.</param>
internal sealed record AfterRollbackHook(Func<SessionRollback, CancellationToken, Task> Run, bool IsDue = false);
