using Millpond.Telemetry.Findings;
using static System.FormattableString;

namespace Millpond.Leasing.Findings;

/// <summary>The words of findings about sessions.</summary>
internal static class SessionFindings
{
    public static FindingText Nested(NestedSessionException error) => new(
        $"{error.Operation} needed a second connection inside a session of {error.Outer.Operation} that held one, and none was " +
        "free.",
        "Use the outer session, or end it first.",
        Known(error.Outer.CallSite, error.Outer.LastCommand));

    public static FindingText Repeated((string Operation, int Count, string Text) seen) => new(
        Invariant($"{seen.Operation} ran the same statement {seen.Count} times in a row in one session."),
        "Load the rows with one statement (a join, or a list parameter), or send a batch.",
        [CommandText.Shorten(seen.Text)]);

    public static FindingText Leak(HolderSnapshot holder) => new(
        Invariant($"{holder.Operation} has held a connection for {holder.Held.TotalSeconds:0.0} s, ") +
        Invariant($"{holder.Idle / holder.Held:0 %} of it idle."),
        holder.IsExecuting ? "Its statement may be slow, or waiting for a lock."
            : "Commit or dispose the session, or do slow work outside it.",
        Known(holder.CallSite, holder.LastCommand));

    public static FindingText HeldWhileWaiting((string Operation, string Call, TimeSpan Idle, CodeSite Site) seen) => new(
        Invariant($"{seen.Operation} held a connection idle for {seen.Idle.TotalSeconds:0.00} s while it awaited {seen.Call}."),
        "Make the call before the first statement, or commit the session first.",
        Known(seen.Site.IsKnown ? seen.Site.ToString() : null, null));

    /// <summary>Adds the finding. Called in an exception filter, which leaves the error's stack as it is.</summary>
    /// <returns>True.</returns>
    public static bool AddShared(LeaseServices services, string operation, SessionConcurrencyException error)
    {
        services.Telemetry.Findings.Add(
            FindingKind.SharedSession, operation, error.RefusedCommand + '\n' + error.RunningCommand, Shared, (operation, error));
        return true;
    }

    private static FindingText Shared((string Operation, SessionConcurrencyException Error) seen) => new(
        $"Two operations used one session of {seen.Operation} at the same time.",
        "Await the first before the second, or use a session per task (DbEngine.RunAsync).",
        [
            Place(seen.Error.RunningCommand, seen.Error.RunningSite),
            Place(seen.Error.RefusedCommand, seen.Error.RefusedSite),
        ]);

    private static string Place(string command, CodeSite site) =>
        site.IsKnown ? $"{site}: {CommandText.Shorten(command)}" : CommandText.Shorten(command);

    private static string[] Known(params string?[] places) => [.. places.OfType<string>()];
}
