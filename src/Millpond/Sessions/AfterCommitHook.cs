namespace Millpond.Sessions;

/// <summary>Something to do after a commit.</summary>
/// <param name="Run">Does it.</param>
/// <param name="Dropped">Is told, without waiting, that it will never be done; null: nobody wants to know.</param>
internal sealed record AfterCommitHook(Func<CancellationToken, Task> Run, Action? Dropped = null);
