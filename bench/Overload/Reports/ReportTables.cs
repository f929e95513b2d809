using Millpond.Overload.Runs;
using Millpond.Overload.Services;
using static Millpond.Overload.Reports.ResultText;

namespace Millpond.Overload.Reports;

/// <summary>Creates the tables of the results.</summary>
internal static class ReportTables
{
    private static readonly string[] StepColumns =
    [
        "load", "peer", "offered/s", "first 5 s", "goodput/s", "of peak", "p50 ms", "p99 ms", "503", "503 p50 ms", "503 p99 ms",
        "client deadline", "failed", "lag p99 ms",
    ];

    private static readonly string[] BurstColumns =
        ["load", "peer", "lost of the burst", "lost of the others", "p50 ms", "p99 ms", "lag p99 ms"];

    private static readonly string[] BrownOutColumns =
    [
        "load", "peer", "goodput/s in it", "503 p50 ms", "503 p99 ms", "no answer in time", "done after it", "recovery",
        "lag p99 ms",
    ];

    /// <summary>Omits tables without rows.</summary>
    public static IEnumerable<ReportTable> Of(IReadOnlyList<StepResult> results) =>
        All(results).Where(table => table.Rows.Count > 0);

    private static IEnumerable<ReportTable> All(IReadOnlyList<StepResult> results)
    {
        var steps = results.Where(result => result.Burst is null && result.BrownOut is null).ToLookup(result => result.Operation);
        yield return new ReportTable(
            FormattableString.Invariant(
                $"GET /slow: 20 ms on one of {Service.Connections} connections; 1 x is {Scenario.PoolRate}/s"),
            StepColumns,
            Rows(steps[Operation.Slow], result => Step(result, Peak(steps[Operation.Slow], result))));
        yield return new ReportTable(
            FormattableString.Invariant($"A burst within 30 ms on /slow, on top of {Scenario.CalmRate}/s"),
            BurstColumns,
            Rows(results.Where(result => result.Burst is not null), Burst));
        yield return new ReportTable(
            FormattableString.Invariant($"A brown-out: statements 20 x slower for a while, at {Scenario.CalmRate}/s on /slow"),
            BrownOutColumns,
            Rows(results.Where(result => result.BrownOut is not null), BrownOut));
        yield return new ReportTable(
            "POST /transfer: multiples of what 16 waiting clients got done",
            StepColumns,
            Rows(steps[Operation.Transfer], result => Step(result, Peak(steps[Operation.Transfer], result))));
    }

    private static IReadOnlyList<IReadOnlyList<string>> Rows(
        IEnumerable<StepResult> results, Func<StepResult, IEnumerable<string>> cells) =>
        [.. results.Select(result => (IReadOnlyList<string>)[result.Scenario, result.Peer, .. cells(result), Lag(result)])];

    private static double Peak(IEnumerable<StepResult> steps, StepResult one) =>
        steps.Where(step => step.Peer == one.Peer).Max(step => step.Goodput);

    private static IEnumerable<string> Step(StepResult result, double peak) =>
    [
        result.Offered is { } offered ? Rate(offered) : "",
        result.Early is { } early ? Rate(early) : "",
        Rate(result.Goodput),
        peak > 0 ? FormattableString.Invariant($"{result.Goodput / peak:0.00}") : "",
        Time(result.Accepted?.P50),
        Time(result.Accepted?.P99),
        Share(Of(result, RequestEnd.Rejected)),
        Time(result.Rejection?.P50),
        Time(result.Rejection?.P99),
        Share(Of(result, RequestEnd.Deadline)),
        Share(Of(result, RequestEnd.Failed) + Of(result, RequestEnd.None)),
    ];

    private static IEnumerable<string> Burst(StepResult result) =>
    [
        FormattableString.Invariant($"{result.Burst!.Lost} of {result.Burst.Size}"),
        FormattableString.Invariant($"{result.Burst.Others}"),
        Time(result.Accepted?.P50),
        Time(result.Accepted?.P99),
    ];

    private static IEnumerable<string> BrownOut(StepResult result) =>
    [
        FormattableString.Invariant($"{result.BrownOut!.Goodput:0.#}"),
        Time(result.BrownOut.Rejection?.P50),
        Time(result.BrownOut.Rejection?.P99),
        Share(result.BrownOut.Unanswered),
        Share(result.BrownOut.After),
        Seconds(result.BrownOut.Recovery),
    ];

    private static double Of(StepResult result, RequestEnd end) => result.Shares.GetValueOrDefault(end);
}
