using System.Globalization;
using Millpond.Load.Outcomes;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Millpond.Load.Reports;

/// <summary>Shows a report: a row for each outcome, the rates, and whether the generator kept its own time.</summary>
public static class LoadTable
{
    /// <summary>Writes the report; it fits into 80 columns.</summary>
    public static void WriteLoad(this IAnsiConsole console, LoadReport report)
    {
        console.WriteLine();
        console.Write(Table(report));
        foreach (var (line, style) in Lines(report))
        {
            console.Write(new Padder(new Text(line, style), new Padding(1, 0, 0, 0)));
        }
    }

    /// <summary>Writes the sentences below the table.</summary>
    internal static IEnumerable<(string Line, Style Style)> Lines(LoadReport report)
    {
        var (sent, done, seconds) = (report.SentPerSecond, report.Goodput, report.Sending.TotalSeconds);
        yield return (Text($"{sent:N1} requests/s sent, {done:N1}/s done, for {seconds:N1} s."), Style.Plain);
        if (report.NotSent > 0)
        {
            yield return (
                Text($"{report.NotSent:N0} requests were due and not sent: too many had no answer yet."),
                Warning);
        }

        if (report.Interrupted)
        {
            yield return ("The run was interrupted.", Warning);
        }

        if (report.Lag is { } lag)
        {
            yield return report.IsVoid
                ? (Text($"Void: the generator lagged {lag.P99:N1} ms at p99, more than {LoadReport.MostLag:N0} ms. ")
                    + "The times are its own as well: lower the rate, or give it a machine of its own.", Warning)
                : (Text($"Generator lag: {lag.P99:N1} ms at p99, {lag.Max:N1} ms at most."), Style.Plain);
        }
    }

    private static Style Warning { get; } = new(Color.Yellow);

    private static Table Table(LoadReport report)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn(new TableColumn("outcome"));
        foreach (var name in new[] { "requests", "p50 ms", "p95 ms", "p99 ms", "p99.9 ms", "max ms" })
        {
            table.AddColumn(new TableColumn(name) { Alignment = Justify.Right, NoWrap = true });
        }

        foreach (var row in report.Outcomes)
        {
            var sent = row.Outcome.Kind != OutcomeKind.NotSent;
            table.AddRow(Cells(row.Outcome.Name, row.Count, sent ? row.Latency : null));
        }

        table.AddEmptyRow();
        return table.AddRow(Cells("all", report.Sent + report.NotSent, report.Sent == 0 ? null : report.Latency));
    }

    private static IEnumerable<IRenderable> Cells(string name, long count, LatencySummary? latency)
    {
        yield return new Text(name);
        yield return new Text(Text($"{count:N0}"));
        foreach (var time in new[] { latency?.P50, latency?.P95, latency?.P99, latency?.P999, latency?.Max })
        {
            yield return new Text(time is null ? "" : Time(time.Value));
        }
    }

    private static string Time(double milliseconds) => milliseconds switch
    {
        < 10 => Text($"{milliseconds:N2}"),
        < 100 => Text($"{milliseconds:N1}"),
        _ => Text($"{milliseconds:N0}"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
