namespace Millpond.Overload.Reports;

/// <summary>A table, wherever it is written.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The heads; the first two are names, the others numbers.</param>
/// <param name="Rows">The cells.</param>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>How many columns hold names.</summary>
    public const int Names = 2;
}
