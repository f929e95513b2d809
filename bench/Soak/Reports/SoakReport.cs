using System.Text;
using Millpond.Overload.Reports;
using Millpond.Soak.CommandLine;
using Millpond.Soak.Service;
using Spectre.Console;

namespace Millpond.Soak.Reports;

/// <summary>The results of a run, for the screen and for a folder.</summary>
internal sealed class SoakReport(SoakResult result, SoakOptions options, string versions)
{
    private readonly IReadOnlyList<ReportTable> _tables = SoakTables.Of(result);
    private readonly IReadOnlyList<Verdict> _verdicts = [.. Verdicts.Of(result, options)];
    private readonly string _engine = Engine(result.After.State);
    private readonly string _head = versions + FormattableString.Invariant(
        $" {options.Length.TotalMinutes:0.##} minutes, {Soak.Rate:N0} requests a second, seed {options.Seed}, ")
        + FormattableString.Invariant($"{result.Samples.Count} looks, generator lag {result.Load.Lag?.P99:0.0} ms at p99.");

    public bool IsGood => _verdicts.All(verdict => verdict.IsGood != false);

    public void Write(IAnsiConsole console)
    {
        foreach (var table in _tables)
        {
            table.Write(console);
        }

        foreach (var verdict in _verdicts)
        {
            var colour = verdict.IsGood switch { true => Color.Green, false => Color.Red, null => Color.Yellow };
            console.WriteLine($"{verdict.Word}: {verdict.Sentence}", new Style(colour));
        }

        console.WriteLine(_engine);
        console.WriteLine(_head);
    }

    /// <summary>Writes <c>soak.md</c> and <c>soak.csv</c>.</summary>
    public void Write(string folder)
    {
        var page = new StringBuilder($"{_head}\n");
        foreach (var table in _tables)
        {
            table.Write(page);
        }

        page.Append('\n');
        foreach (var verdict in _verdicts)
        {
            page.Append($"- {verdict.Word}: {verdict.Sentence}\n");
        }

        page.Append($"\n{_engine}\n");
        File.WriteAllText(Path.Combine(folder, "soak.md"), page.ToString());
        File.WriteAllLines(Path.Combine(folder, "soak.csv"), Timeline.Of(result));
    }

    private static string Engine(ServiceState state) => FormattableString.Invariant(
        $"The engine's own count: {state.Commits:N0} commits, {state.Rollbacks:N0} rollbacks, {state.Retries:N0} retries, ")
        + FormattableString.Invariant($"{state.Cancellations:N0} cancellations.");
}
