using System.Text;
using Spectre.Console;

namespace Millpond.Overload.Reports;

/// <summary>A table for the console and for Markdown.</summary>
/// <param name="Title">The title.</param>
/// <param name="Columns">The column headers.</param>
/// <param name="Rows">The cells.</param>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Gets how many columns, the first ones, contain names; the others contain numbers.</summary>
    public int Names { get; init; } = 2;

    /// <summary>Writes it to the console.</summary>
    public void Write(IAnsiConsole console)
    {
        var table = new Table { Border = TableBorder.Simple, Title = new TableTitle(Markup.Escape(Title)) };
        for (var i = 0; i < Columns.Count; i++)
        {
            var side = i < Names ? Justify.Left : Justify.Right;
            table.AddColumn(new TableColumn(new Text(Columns[i])) { Alignment = side });
        }

        foreach (var row in Rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        console.Write(table);
    }

    /// <summary>Writes it as Markdown.</summary>
    public void Write(StringBuilder page)
    {
        page.Append($"\n**{Title}**\n\n");
        AppendRow(page, Columns);
        AppendRow(page, Columns.Select((_, i) => i < Names ? "---" : "--:"));
        foreach (var row in Rows)
        {
            AppendRow(page, row);
        }
    }

    private static void AppendRow(StringBuilder page, IEnumerable<string> cells) =>
        page.Append($"| {string.Join(" | ", cells)} |\n");
}
