namespace Millpond.Testing.Resets;

/// <summary>All rows of a SQLite database as text, because test databases are small.</summary>
/// <param name="tables">The rows of each table, by its name.</param>
internal sealed class SqliteSnapshot(IReadOnlyDictionary<string, SqliteTable> tables) : DatabaseSnapshot
{
    public IReadOnlyDictionary<string, SqliteTable> Tables => tables;
}
