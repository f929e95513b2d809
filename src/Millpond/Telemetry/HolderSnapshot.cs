namespace Millpond;

/// <summary>A session that holds a connection, at one instant.</summary>
public readonly record struct HolderSnapshot
{
    /// <summary>Gets the session's number.</summary>
    public long SessionId { get; init; }

    /// <summary>Gets the operation that opened it: <c>GET /reports</c>, or a method with its file and line.</summary>
    public string Operation { get; init; }

    /// <summary>Gets the place in the code that last called one of Millpond's own methods on it.</summary>
    /// <value><c>Load (Reports.cs:42)</c>; null if it was used only through ADO.NET, which does not record it.</value>
    public string? CallSite { get; init; }

    /// <summary>Gets the id of its trace.</summary>
    /// <value>32 hexadecimal digits; null without tracing.</value>
    public string? TraceId { get; init; }

    /// <summary>Gets when it got its connection.</summary>
    public DateTimeOffset AcquiredAt { get; init; }

    /// <summary>Gets how long it has held it.</summary>
    public TimeSpan Held { get; init; }

    /// <summary>Gets whether one of its commands is running now.</summary>
    public bool IsExecuting { get; init; }

    /// <summary>Gets how long the current command has been running, or the session has been idle.</summary>
    public TimeSpan TimeInState { get; init; }

    /// <summary>Gets for how much of <see cref="Held"/> a command was running.</summary>
    public TimeSpan Busy { get; init; }

    /// <summary>Gets for how much of <see cref="Held"/> no command was running.</summary>
    public TimeSpan Idle { get; init; }

    /// <summary>Gets how many commands it has begun on this connection.</summary>
    public int CommandCount { get; init; }

    /// <summary>Gets the text of the current or last command.</summary>
    /// <value>On one line, at most 200 characters, without parameter values; null if there was none.</value>
    public string? LastCommand { get; init; }

    /// <summary>Gets whether it holds the write permit, if the database has one.</summary>
    public bool IsWriter { get; init; }

    /// <summary>Gets the stack of its last command.</summary>
    /// <value>Null unless <c>EngineOptions.CaptureStacks</c> is on.</value>
    public string? StackTrace { get; init; }
}
