using System.Globalization;
using Millpond.Soak.CommandLine;
using Millpond.Soak.Database;
using Millpond.Soak.Faults;
using Millpond.Soak.Load;
using Millpond.Soak.Service;

namespace Millpond.Soak.Reports;

/// <summary>Evaluates the requirements of a run.</summary>
internal static class Verdicts
{
    private const int MostExamples = 10;

    /// <summary>The generator's lag at the 99th percentile, in milliseconds, above which other processes used the machine, so
    /// the service was late too.</summary>
    private const double MostLag = 25;

    public static IEnumerable<Verdict> Of(SoakResult result, SoakOptions options) =>
    [
        Money(result),
        Held(result),
        Growth(result, options),
        Answers(result),
        Waits(result),
        Recovery(result),
        new Verdict(
            Text($"Tasks that failed without anybody looking: {result.After.State.Unobserved}."),
            result.After.State.Unobserved == 0),
    ];

    private static Verdict Money(SoakResult result)
    {
        var money = result.Money;
        var counts = Text($"{money.Acknowledged:N0} transfers acknowledged and made once each, {money.Refused:N0} refused and ")
            + Text($"absent, {money.Unknown:N0} without a definite answer, {money.UnknownMade:N0} of them made, once each; ")
            + Text($"the accounts hold {SoakDatabase.Total:N0} as before.");
        return money.Faults.Count == 0 ? new Verdict($"Money: {counts}", true)
            : new Verdict($"Money: {Examples(money.Faults)}", false);
    }

    private static Verdict Held(SoakResult result)
    {
        var (state, connections) = (result.After.State, result.After.Connections);
        var most = result.Samples.Where(sample => sample.IsCalm).Max(sample => sample.Connections) ?? 0;
        return new Verdict(
            Text($"Left after the load: {state.InUse} permits, {state.Holders} holders, {state.Waiting} waiting, ")
                + Text($"{connections} connections (a pool of {BookService.PoolSize}); ")
                + Text($"at most {most} of {BookService.MostConnections} connections in calm moments under load."),
            (state.InUse, state.Holders, state.Waiting) == (0, 0, 0)
                && connections <= BookService.PoolSize && most <= BookService.MostConnections);
    }

    private static Verdict Growth(SoakResult result, SoakOptions options)
    {
        List<string> grown =
        [
            .. from row in result.Growth
               where row.HasGrown
               select Text($"{row.Measure.Name} from {row.First:0.0} to {row.Last:0.0}, allowed {row.Measure.Allowed}"),
        ];
        return !options.JudgesGrowth ? new Verdict("Growth: less than two minutes are too short to say.", null)
            : result.Growth.Any(row => row.First is null || row.Last is null)
                ? new Verdict("Growth: there were no calm moments to compare.", false)
            : grown.Count > 0 ? new Verdict($"Growth: {string.Join("; ", grown)}.", false)
            : new Verdict("Growth: none from the first quarter to the last, beyond what is allowed.", true);
    }

    private static Verdict Answers(SoakResult result)
    {
        List<string> wrong =
        [
            .. from record in result.Requests
               where record.Ending.Kind == EndKind.Wrong
               group record by (Kind: record.Kind.Name, record.Ending.Name) into same
               orderby same.Count() descending
               let first = same.Min(one => one.Ended)
               select Text($"{same.Count():N0} x {same.Key.Kind}: {same.Key.Name}, the first at {first:mm\\:ss}"),
        ];
        return wrong.Count == 0
            ? new Verdict("Answers: right 2xx, the 404 and 500 that were to be, 503 with Retry-After, 500 MILL3006.", true)
            : new Verdict($"Answers that should not be: {Examples(wrong)}", false);
    }

    private static Verdict Waits(SoakResult result)
    {
        var longest = result.Requests.MaxBy(record => record.Took)!;
        return new Verdict(
            Text($"The longest wait was {longest.Took.TotalSeconds:0.0} s ({longest.Kind.Name}: {longest.Ending.Name}); ")
                + Text($"{Clients.LongestWait.TotalSeconds:0} s are allowed. {result.Missed} looks at it got no answer."),
            longest.Took <= Clients.LongestWait && result.Missed == 0 ? true : JudgeTime(result));
    }

    private static Verdict Recovery(SoakResult result)
    {
        List<string> late =
        [
            .. from fault in result.Faults
               where fault.FirstAnswer is null || fault.FirstAnswer > FaultDriver.LongestRecovery
               select Text($"{fault.Fault.Name} at {fault.Began:mm\\:ss}: {fault.FirstAnswer?.TotalSeconds:0.0} s"),
        ];
        return late.Count > 0 ? new Verdict($"Late to answer again: {Examples(late)}", JudgeTime(result))
            : new Verdict(
                Text($"After each of {result.Faults.Count} faults there was an answer 2xx within ")
                    + Text($"{result.Faults.Max(fault => fault.FirstAnswer)?.TotalSeconds:0.0} s; ")
                    + Text($"{FaultDriver.LongestRecovery.TotalSeconds:0} s are allowed."),
                result.Faults.Count > 0 ? true : null);
    }

    /// <summary>Latencies are the service's fault, unless the machine was busy.</summary>
    private static bool? JudgeTime(SoakResult result) => result.Load.Lag?.P99 > MostLag ? null : false;

    private static string Examples(IReadOnlyList<string> all) => string.Join("; ", all.Take(MostExamples))
        + (all.Count > MostExamples ? Text($"; and {all.Count - MostExamples} more.") : ".");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
