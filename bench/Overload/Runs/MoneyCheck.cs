using Millpond.Load.Outcomes;
using Millpond.Load.Reports;
using Millpond.Overload.Database;

namespace Millpond.Overload.Runs;

/// <summary>Checks that the balances add up, and that the transfers match the responses.</summary>
internal static class MoneyCheck
{
    /// <summary>Returns a sentence about the discrepancy, or null.</summary>
    public static async Task<string?> FindFaultAsync(
        BenchDatabase database, LoadReport report, CancellationToken cancellationToken)
    {
        var (addsUp, transfers) = await database.CountAsync(cancellationToken);
        var told = report.Count(OutcomeKind.Done);
        var most = report.Sent - report.Count(OutcomeKind.Refused);
        return !addsUp ? "the money does not add up"
            : transfers < told ? FormattableString.Invariant($"{told:N0} transfers were told and {transfers:N1} made")
            : transfers > report.Sent ? FormattableString.Invariant($"{report.Sent:N0} were asked for and {transfers:N1} made")
            : transfers > most ? FormattableString.Invariant($"{transfers - most:N0} were made and told as refused")
            : null;
    }
}
