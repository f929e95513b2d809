using System.Text;
using Millpond.Overload.Runs;
using Spectre.Console;

namespace Millpond.Overload.Reports;

/// <summary>The results of a run, for the screen and for a folder.</summary>
/// <param name="results">The results.</param>
/// <param name="notes">Notes on the results.</param>
/// <param name="versions">The measured versions.</param>
/// <param name="step">The length of a load step.</param>
internal sealed class OverloadReport(
    IReadOnlyList<StepResult> results, IReadOnlyList<string> notes, string versions, TimeSpan step)
{
    private readonly IReadOnlyList<ReportTable> _tables = [.. ReportTables.Of(results)];
    private readonly string _head = versions + FormattableString.Invariant($" Steps of {step.TotalSeconds:0.#} s.");

    public void Write(IAnsiConsole console)
    {
        foreach (var table in _tables)
        {
            table.Write(console);
        }

        foreach (var note in notes)
        {
            console.WriteLine(note, new Style(Color.Yellow));
        }

        console.WriteLine(_head);
    }

    /// <summary>Writes <c>overload.md</c> and <c>overload.svg</c>.</summary>
    public void Write(string folder)
    {
        var page = new StringBuilder($"{_head}\n");
        foreach (var table in _tables)
        {
            table.Write(page);
        }

        page.Append("\nEvery way in which requests ended:\n\n");
        foreach (var note in notes.Concat(results.Select(ResultText.Line)))
        {
            page.Append($"- {note}\n");
        }

        File.WriteAllText(Path.Combine(folder, "overload.md"), page.ToString());
        File.WriteAllText(Path.Combine(folder, "overload.svg"), GoodputChart.Draw(results));
    }
}
