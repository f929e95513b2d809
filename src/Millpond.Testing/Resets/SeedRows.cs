using Npgsql;

namespace Millpond.Testing.Resets;

/// <summary>The rows of a template, so that a sweep can restore them again and again.</summary>
internal sealed class SeedRows
{
    private readonly IReadOnlyList<(string Table, string Text)> _rows;

    private SeedRows(IReadOnlyList<(string Table, string Text)> rows) => _rows = rows;

    public static async Task<SeedRows> ReadAsync(
        NpgsqlConnection connection, DatabaseShape shape, CancellationToken cancellationToken)
    {
        List<(string, string)> rows = [];
        foreach (var table in shape.Tables.Where(static table => table.Rows > 0))
        {
            using var reader = await connection.BeginTextExportAsync($"copy {table.Name} to stdout", cancellationToken)
                .ConfigureAwait(false);
            rows.Add((table.Name, await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false)));
        }

        return new SeedRows(rows);
    }

    /// <summary>Deletes the rows of their tables, those that refer to others first, and writes them again.</summary>
    public async Task RestoreAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var (table, _) in _rows)
        {
            using var command = new NpgsqlCommand($"delete from only {table}", connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        foreach (var (table, text) in _rows.Reverse())
        {
            var writer = await connection.BeginTextImportAsync($"copy {table} from stdin", cancellationToken)
                .ConfigureAwait(false);
            await using (writer.ConfigureAwait(false))
            {
                await writer.WriteAsync(text).ConfigureAwait(false);
            }
        }
    }
}
