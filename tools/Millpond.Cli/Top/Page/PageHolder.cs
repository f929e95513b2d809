namespace Millpond.Cli.Top.Page;

/// <summary>A session that holds a connection.</summary>
internal sealed record PageHolder(
    long SessionId, string Operation, string? CallSite, double HeldMs, bool IsExecuting, double InStateMs, string? LastCommand);
