namespace Millpond.Transactions.Hooks;

/// <summary>The number of hooks of each kind at some moment.</summary>
internal readonly record struct HookMark(int BeforeCommit, int AfterCommit, int AfterRollback);
