namespace Millpond.Testing.Resets;

/// <summary>The rows of a table.</summary>
internal sealed record SqliteTable(IReadOnlyList<string> Columns, IReadOnlyList<string?[]> Rows);
