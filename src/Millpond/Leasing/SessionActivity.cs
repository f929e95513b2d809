namespace Millpond.Leasing;

/// <summary>The activity of a session on its connection, at one instant.</summary>
internal readonly record struct SessionActivity
{
    /// <summary>Gets how many commands it has begun.</summary>
    public int Commands { get; init; }

    /// <summary>Gets for how long commands have run, including the current one.</summary>
    public TimeSpan Busy { get; init; }

    public bool IsRunning { get; init; }

    /// <summary>Gets how long the current command has been running, or the session has been idle.</summary>
    public TimeSpan TimeInState { get; init; }

    /// <summary>Gets the text of the current or last command.</summary>
    public string? LastCommand { get; init; }

    /// <summary>Gets how often it ran the same command in a row at most.</summary>
    public int Repeats { get; init; }

    /// <summary>Gets the text of that command.</summary>
    public string? Repeated { get; init; }

    /// <summary>Gets the place that last called one of Millpond's own methods.</summary>
    public CodeSite Site { get; init; }

    /// <summary>Gets the stack of the last command, if stacks are captured.</summary>
    public string? Stack { get; init; }
}
