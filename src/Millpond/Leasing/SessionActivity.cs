namespace Millpond.Leasing;

/// <summary>What a session has done with the connection it holds, at one instant.</summary>
internal readonly record struct SessionActivity
{
    /// <summary>Gets how many commands it has begun.</summary>
    public int Commands { get; init; }

    /// <summary>Gets for how long a command has run, added up; the one that runs now included.</summary>
    public TimeSpan Busy { get; init; }

    public bool IsRunning { get; init; }

    /// <summary>Gets how long the present command has run, or how long none has.</summary>
    public TimeSpan TimeInState { get; init; }

    /// <summary>Gets the text of the command that runs, or ran last.</summary>
    public string? LastCommand { get; init; }

    /// <summary>Gets where one of our own methods was last called for the session.</summary>
    public CodeSite Site { get; init; }

    /// <summary>Gets the stack of the last command, where stacks are captured.</summary>
    public string? Stack { get; init; }
}
