using System.Text;
using Spectre.Console;

namespace Millpond.Overload.Reports;

/// <summary>A table, wherever it is written.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The heads.</param>
/// <param name="Rows">The cells.</param>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Gets how many of the columns, the first ones, hold names; the others hold numbers.</summary>
    public int Names { get; init; } = 2;

    /// <summary>Shows it.</summary>
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
