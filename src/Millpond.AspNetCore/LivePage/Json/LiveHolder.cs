namespace Millpond.AspNetCore.LivePage.Json;

/// <summary>A session that holds a connection.</summary>
/// <param name="SessionId">Its number.</param>
/// <param name="Operation">The operation that opened it.</param>
/// <param name="CallSite">Where the code used it last, if that is known.</param>
/// <param name="TraceId">The id of its trace, if there is one.</param>
/// <param name="HeldMs">How long it has held the connection.</param>
/// <param name="IsExecuting">Whether a command is running.</param>
/// <param name="InStateMs">How long it has been executing or idle.</param>
/// <param name="IdleMs">For how long no command was running, in all.</param>
/// <param name="Commands">How many commands it has begun.</param>
/// <param name="LastCommand">The current or last command, without literals; null if there was none.</param>
/// <param name="IsWriter">Whether it holds the write permit.</param>
internal sealed record LiveHolder(
    long SessionId,
    string Operation,
    string? CallSite,
    string? TraceId,
    double HeldMs,
    bool IsExecuting,
    double InStateMs,
    double IdleMs,
    int Commands,
    string? LastCommand,
    bool IsWriter);
