namespace Millpond;

/// <summary>A session that holds a connection, at one instant.</summary>
public readonly record struct HolderSnapshot
{
    /// <summary>Gets the session's number.</summary>
    public long SessionId { get; init; }

    /// <summary>Gets who opened it: <c>GET /reports</c>, or a method with its file and line.</summary>
    public string Operation { get; init; }

    /// <summary>Gets where in the code one of Millpond's own methods was last called for it.</summary>
    /// <value><c>Load (Reports.cs:42)</c>; null when it was used through ADO.NET alone, which cannot say.</value>
    public string? CallSite { get; init; }

    /// <summary>Gets the id of the trace it belongs to.</summary>
    /// <value>32 hexadecimal digits; null where nothing is traced.</value>
    public string? TraceId { get; init; }

    /// <summary>Gets when it got its connection.</summary>
    public DateTimeOffset AcquiredAt { get; init; }

    /// <summary>Gets how long it has held it.</summary>
    public TimeSpan Held { get; init; }

    /// <summary>Gets whether a command of it runs now; else its code does something else.</summary>
    public bool IsExecuting { get; init; }

    /// <summary>Gets how long the present command has run, or how long none has.</summary>
    public TimeSpan TimeInState { get; init; }

    /// <summary>Gets for which part of <see cref="Held"/> a command ran.</summary>
    public TimeSpan Busy { get; init; }

    /// <summary>Gets for which part of <see cref="Held"/> none did.</summary>
    public TimeSpan Idle { get; init; }

    /// <summary>Gets how many commands it has begun on this connection.</summary>
    public int CommandCount { get; init; }

    /// <summary>Gets the text of the command that runs, or ran last.</summary>
    /// <value>On one line, at most 200 characters, without parameter values; null when there was none.</value>
    public string? LastCommand { get; init; }

    /// <summary>Gets whether it holds the one write permit, where the database has only one.</summary>
    public bool IsWriter { get; init; }

    /// <summary>Gets the stack of its last command.</summary>
    /// <value>Null unless <c>EngineOptions.CaptureStacks</c> is on.</value>
    public string? StackTrace { get; init; }
}
