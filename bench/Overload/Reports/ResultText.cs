using System.Globalization;
using Millpond.Overload.Runs;

namespace Millpond.Overload.Reports;

/// <summary>Formats numbers for the tables.</summary>
internal static class ResultText
{
    /// <summary>Formats a run in one line, with all outcomes of its requests.</summary>
    public static string Line(StepResult result)
    {
        var ends = result.Report.Outcomes.Select(row => Invariant($"{row.Outcome.Name} {row.Count:N0}"));
        return Invariant($"{result.Operation.Path} {result.Scenario} {result.Peer}: {result.Goodput:N0}/s done; ")
            + $"{string.Join(", ", ends)}{(result.IsVoid ? Invariant($"; VOID, lag {result.Report.Lag?.P99:N1} ms") : "")}";
    }

    /// <summary>Returns the notes for the tables.</summary>
    public static IEnumerable<string> Notes(IEnumerable<StepResult> results) =>
        from result in results
        where result.MoneyFault is not null
        select $"{result.Peer}, {result.Scenario}: {result.MoneyFault}!";

    public static string Rate(double perSecond) => Invariant($"{perSecond:N0}");

    public static string Share(double share) => share == 0 ? "" : Invariant($"{share * 100:0.#} %");

    public static string Seconds(TimeSpan? time) => time is { } known ? Invariant($"{known.TotalSeconds:0.0#} s") : "never";

    public static string Time(double? milliseconds) => milliseconds switch
    {
        null => "",
        < 10 => Invariant($"{milliseconds:N1}"),
        _ => Invariant($"{milliseconds:N0}"),
    };

    /// <summary>Formats the generator's lag at the 99th percentile, and whether it voids the run.</summary>
    public static string Lag(StepResult result) =>
        result.Report.Lag is not { } lag ? "" : result.IsVoid ? $"{Time(lag.P99)} void" : Time(lag.P99);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
