namespace Millpond.Testing.Resets;

/// <summary>The changes of a table's rows.</summary>
/// <param name="Table">The table.</param>
/// <param name="Columns">The names of its columns.</param>
/// <param name="Rows">The first rows that were inserted or updated, as text.</param>
/// <param name="Written">The number of inserted or updated rows.</param>
/// <param name="Removed">The number of former rows that are missing, including updated ones.</param>
internal sealed record TableChange(
    string Table, IReadOnlyList<string> Columns, IReadOnlyList<string?[]> Rows, long Written, long Removed)
{
    public const int MaxRows = 10;

    /// <summary>Gets a note to show instead of numbers.</summary>
    public string? Note { get; init; }

    public string Summary => (Written, Removed) switch
    {
        _ when Note is not null => Note,
        (_, 0) => Count(Written, "inserted"),
        (0, _) => Count(Removed, "deleted"),
        _ when Written == Removed => Count(Written, "changed"),
        _ => $"{Count(Written, "inserted or changed")}, {Count(Removed, "deleted or changed")}",
    };

    private static string Count(long rows, string what) =>
        FormattableString.Invariant($"{rows} {(rows == 1 ? "row" : "rows")} {what}");
}
