using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Millpond.Testing.Resets;

/// <summary>Finds changed rows by comparing all of them, on a separate connection.</summary>
internal sealed class SqliteWatch(string file, string templateFile) : DatabaseWatch
{
    private readonly Lazy<SqliteSnapshot> _template = new(() => Read(templateFile));

    public override DatabaseSnapshot Template => _template.Value;

    public override Task<DatabaseSnapshot> TakeAsync(CancellationToken cancellationToken) =>
        Task.Run<DatabaseSnapshot>(() => Read(file), cancellationToken);

    public override async Task<IReadOnlyList<TableChange>> ChangesSinceAsync(
        DatabaseSnapshot snapshot, CancellationToken cancellationToken)
    {
        var before = ((SqliteSnapshot)snapshot).Tables;
        var now = ((SqliteSnapshot)await TakeAsync(cancellationToken).ConfigureAwait(false)).Tables;
        return
        [
            .. from name in now.Keys.Union(before.Keys).Order(StringComparer.Ordinal)
               let change = Compare(name, before.GetValueOrDefault(name), now.GetValueOrDefault(name))
               where change is not null
               select change,
        ];
    }

    private static TableChange? Compare(string name, SqliteTable? before, SqliteTable? now)
    {
        var former = Keys(before).CountBy(static key => key).ToDictionary(StringComparer.Ordinal);
        List<string?[]> written = [];
        foreach (var (row, key) in (now?.Rows ?? []).Zip(Keys(now)))
        {
            if (former.TryGetValue(key, out var left) && left > 0)
            {
                former[key] = left - 1;
            }
            else
            {
                written.Add(row);
            }
        }

        var removed = former.Values.Sum();
        return written.Count == 0 && removed == 0 && (before is null) == (now is null)
            ? null
            : new TableChange(name, now?.Columns ?? [], [.. written.Take(TableChange.MaxRows)], written.Count, removed);
    }

    private static IEnumerable<string> Keys(SqliteTable? table) =>
        (table?.Rows ?? []).Select(static row => string.Join('\u001f', row.Select(static value => value ?? "\0")));

    private static SqliteSnapshot Read(string file)
    {
        var address = new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false };
        using var connection = new SqliteConnection(address.ConnectionString);
        connection.Open();
        using var transaction = connection.BeginTransaction(deferred: true);
        Dictionary<string, SqliteTable> tables = new(StringComparer.Ordinal);
        var names = Read(
            connection, "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'");
        foreach (var name in names.Rows.Select(static row => row[0]!))
        {
            tables[name] = Read(connection, $"select * from \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        }

        return new SqliteSnapshot(tables);
    }

    private static SqliteTable Read(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        List<string?[]> rows = [];
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(column => Text(reader.GetValue(column)))]);
        }

        return new SqliteTable([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)], rows);
    }

    private static string? Text(object value) => value switch
    {
        DBNull => null,
        byte[] bytes => "0x" + Convert.ToHexStringLower(bytes),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
