using System.Globalization;
using Npgsql;

namespace Millpond.Testing.Resets;

/// <summary>Finds changed rows by the ids of the transactions that wrote them.</summary>
internal sealed class PostgresWatch(NpgsqlConnection connection, DatabaseShape shape, PostgresSnapshot template) : DatabaseWatch
{
    private readonly string _counts = string.Join(
        ", ", shape.Tables.Select(static table => $"(select count(*) from only {table.Name})"));

    public override PostgresSnapshot Template => template;

    /// <summary>Reads the first unused transaction id.</summary>
    public static async Task<string> HorizonAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(
            "select (pg_snapshot_xmax(pg_current_snapshot())::text::numeric % 4294967296)::text", connection);
        return (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    public override async Task<DatabaseSnapshot> TakeAsync(CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(
            "select (pg_snapshot_xmax(pg_current_snapshot())::text::numeric % 4294967296)::text" +
            $", array[{_counts}]::bigint[]", connection);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            return new PostgresSnapshot(reader.GetString(0), reader.GetFieldValue<long[]>(1));
        }
    }

    public override async Task<IReadOnlyList<TableChange>> ChangesSinceAsync(
        DatabaseSnapshot snapshot, CancellationToken cancellationToken)
    {
        var before = (PostgresSnapshot)snapshot;
        var now = await CountAsync(before, cancellationToken).ConfigureAwait(false);
        List<TableChange> changes = [];
        for (var i = 0; i < shape.Tables.Count; i++)
        {
            var (total, written) = (now[2 * i], now[(2 * i) + 1]);
            var removed = before.Rows[i] + written - total;
            if (written != 0 || removed != 0)
            {
                changes.Add(await ReadAsync(shape.Tables[i], before, written, removed, cancellationToken).ConfigureAwait(false));
            }
        }

        return [.. changes.OrderBy(static change => change.Table, StringComparer.Ordinal)];
    }

    private async Task<long[]> CountAsync(PostgresSnapshot before, CancellationToken cancellationToken)
    {
        var counts = shape.Tables.Select(table =>
            $"(select count(*) from only {table.Name}), (select count(*) from only {table.Name} where {before.IsNewer})");
        using var command = new NpgsqlCommand($"select array[{string.Join(", ", counts)}]::bigint[]", connection);
        return (long[])(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private async Task<TableChange> ReadAsync(
        ShapedTable table, PostgresSnapshot before, long written, long removed, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(
            string.Create(
                CultureInfo.InvariantCulture,
                $"select * from only {table.Name} where {before.IsNewer} limit {TableChange.MaxRows}"),
            connection)
        {
            AllResultTypesAreUnknown = true,   // as text, whatever their types are
        };
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var columns = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToArray();
            List<string?[]> rows = [];
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows.Add([.. columns.Select((_, column) => reader.IsDBNull(column) ? null : reader.GetString(column))]);
            }

            return new TableChange(table.ShortName, columns, rows, written, removed);
        }
    }
}
