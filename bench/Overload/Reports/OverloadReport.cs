using System.Text;
using Millpond.Overload.Runs;
using Spectre.Console;

namespace Millpond.Overload.Reports;

/// <summary>All results of a run, for the screen and for a folder.</summary>
/// <param name="results">The results.</param>
/// <param name="notes">What is to be known beside them.</param>
/// <param name="versions">What was measured.</param>
/// <param name="step">How long a step of load was.</param>
internal sealed class OverloadReport(
    IReadOnlyList<StepResult> results, IReadOnlyList<string> notes, string versions, TimeSpan step)
{
    private readonly IReadOnlyList<ReportTable> _tables = [.. ReportTables.Of(results)];
    private readonly string _head = versions + FormattableString.Invariant($" Steps of {step.TotalSeconds:0.#} s.");

    public void Write(IAnsiConsole console)
    {
        foreach (var one in _tables)
        {
            var table = new Table { Border = TableBorder.Simple, Title = new TableTitle(Markup.Escape(one.Title)) };
            for (var i = 0; i < one.Columns.Count; i++)
            {
                var side = i < ReportTable.Names ? Justify.Left : Justify.Right;
                table.AddColumn(new TableColumn(new Text(one.Columns[i])) { Alignment = side });
            }

            foreach (var row in one.Rows)
            {
                table.AddRow(row.Select(cell => new Text(cell)));
            }

            console.Write(table);
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
            page.Append($"\n**{table.Title}**\n\n");
            AppendRow(page, table.Columns);
            AppendRow(page, [.. table.Columns.Select((_, i) => i < ReportTable.Names ? "---" : "--:")]);
            foreach (var row in table.Rows)
            {
                AppendRow(page, row);
            }
        }

        page.Append("\nEvery way in which requests ended:\n\n");
        foreach (var note in notes.Concat(results.Select(ResultText.Line)))
        {
            page.Append($"- {note}\n");
        }

        File.WriteAllText(Path.Combine(folder, "overload.md"), page.ToString());
        File.WriteAllText(Path.Combine(folder, "overload.svg"), GoodputChart.Draw(results));
    }

    private static void AppendRow(StringBuilder page, IReadOnlyList<string> cells) =>
        page.Append($"| {string.Join(" | ", cells)} |\n");
}
