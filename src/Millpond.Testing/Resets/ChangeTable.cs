using System.Text;

namespace Millpond.Testing.Resets;

/// <summary>Formats changed rows as plain text.</summary>
internal static class ChangeTable
{
    private const int MaxWidth = 40;

    public static string Draw(IReadOnlyList<TableChange> changes)
    {
        if (changes.Count == 0)
        {
            return "No row differs from the template.\n";
        }

        var text = new StringBuilder();
        foreach (var change in changes)
        {
            text.Append(change.Table).Append(": ").Append(change.Summary).Append('\n');
            Draw(text, change);
        }

        return text.ToString();
    }

    private static void Draw(StringBuilder text, TableChange change)
    {
        if (change.Rows.Count == 0)
        {
            return;
        }

        string[][] cells = [[.. change.Columns], .. change.Rows.Select(static row => row.Select(Cell).ToArray())];
        var widths = change.Columns.Select((_, column) => cells.Max(row => row[column].Length)).ToArray();
        foreach (var row in cells)
        {
            text.Append("  ").AppendJoin(" | ", row.Select((cell, column) => cell.PadRight(widths[column]))).Append('\n');
        }

        if (change.Written > change.Rows.Count)
        {
            text.Append("  … and ").Append(change.Written - change.Rows.Count).Append(" more\n");
        }
    }

    private static string Cell(string? value) =>
        value is null ? "null" : (value.Length > MaxWidth ? value[..(MaxWidth - 1)] + "…" : value).ReplaceLineEndings(" ");
}
