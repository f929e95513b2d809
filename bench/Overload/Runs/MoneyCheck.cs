using Millpond.Load.Outcomes;
using Millpond.Load.Reports;
using Millpond.Overload.Database;

namespace Millpond.Overload.Runs;

/// <summary>Whether the accounts hold what they held, and as many transfers were made as were told.</summary>
internal static class MoneyCheck
{
    /// <summary>A sentence about what is wrong; null: nothing.</summary>
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
