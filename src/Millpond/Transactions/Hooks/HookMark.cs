namespace Millpond.Transactions.Hooks;

/// <summary>How many hooks of each kind there were at some moment.</summary>
internal readonly record struct HookMark(int BeforeCommit, int AfterCommit, int AfterRollback);
