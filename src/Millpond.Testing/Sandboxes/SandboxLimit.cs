using System.Data;
using System.Data.Common;
using System.Text.RegularExpressions;
using Millpond.Providers;

namespace Millpond.Testing.Sandboxes;

/// <summary>Finds what one transaction cannot represent, and describes it for messages.</summary>
internal static partial class SandboxLimit
{
    public const string SecondSession = "a second session at the same time";
    public const string OtherConnection = "a connection of another pool";
    public const string FirstTime = "a second session, for which now() would still be the time of the first one,";

    /// <summary>Returns why a session with these settings cannot be a savepoint; null: it can.</summary>
    public static string? Of(TransactionSettings settings, TimeSpan? statementTimeout) =>
        settings.Autocommit ? "a statement that commits on its own (SessionMode.Autocommit)"
        : settings.Isolation != IsolationLevel.Unspecified ? $"a session with isolation level {settings.Isolation}"
        : settings.StatementTimeout is { } timeout && timeout != statementTimeout ? "a session with a statement timeout"
        : settings.Statements is { Count: > 0 } ? "a session with OnBegin, whose settings would outlive it,"
        : null;

    /// <summary>Returns why a statement does not work inside a savepoint; null: it does.</summary>
    public static string? Of(string text) =>
        Notifications().IsMatch(text) ? "LISTEN or NOTIFY, which takes effect at a real commit,"
        : Settings().IsMatch(text) ? "SET LOCAL, which would outlive its session,"
        : null;

    /// <summary>Returns whether the result of a statement depends on when its transaction began, or on which it is.</summary>
    public static bool ReadsTime(string text) => Time().IsMatch(text);

    public static string TextOf(DbBatch batch) =>
        string.Join(';', batch.BatchCommands.Select(static command => command.CommandText));

    [GeneratedRegex(@"(^|;)\s*(listen|unlisten|notify)\s|\bpg_notify\s*\(", RegexOptions.IgnoreCase)]
    private static partial Regex Notifications();

    [GeneratedRegex(@"(^|;)\s*set\s+local\s|\bset_config\s*\(", RegexOptions.IgnoreCase)]
    private static partial Regex Settings();

    [GeneratedRegex(
        @"\b(now|transaction_timestamp|txid_current|pg_current_xact_id)\s*\(" +
        @"|\b(current_(timestamp|date|time)|localtime(stamp)?)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Time();
}
