using Millpond.Diagnostics;
using Millpond.Leasing;

namespace Millpond;

/// <summary>Thrown if two operations use one session at the same time.</summary>
/// <remarks>The stack trace is that of the second operation. The first one continues.</remarks>
public sealed class SessionConcurrencyException : MillpondException
{
    internal SessionConcurrencyException(string first, string second, bool readerOpen, string? runningStack)
        : base(ErrorCodes.SessionConcurrency, Describe(first, second, readerOpen))
    {
        RunningCommand = first;
        RefusedCommand = second;
        RunningStackTrace = runningStack;
    }

    /// <summary>Gets the text of the running command, without parameter values.</summary>
    public string RunningCommand { get; }

    /// <summary>Gets the text of the rejected command, without parameter values.</summary>
    public string RefusedCommand { get; }

    /// <summary>Gets the stack trace of the running command.</summary>
    /// <value>Null unless <c>EngineOptions.CaptureStacks</c> is on.</value>
    public string? RunningStackTrace { get; }

    internal CodeSite RunningSite { get; init; }

    internal CodeSite RefusedSite { get; init; }

    private static string Describe(string first, string second, bool readerOpen) =>
        $"A session runs one operation at a time: '{CommandText.Shorten(second)}' began while " +
        (readerOpen
            ? $"the reader of '{CommandText.Shorten(first)}' was still open. Read it to the end and dispose it first, or load " +
              $"the rows into a list."
            : first == Operation.Commit.Text && second == first
            ? "another one was running. Await the first before the second, and do not commit the session in a BeforeCommit hook."
            : $"'{CommandText.Shorten(first)}' was running. Await the first before the second, or use a session per task " +
              "(DbEngine.RunAsync).");
}
