using Npgsql;

namespace Millpond.Testing.Resets;

/// <summary>The content of a template, for comparing a clone with it and resetting it.</summary>
/// <param name="Tables">Its tables; those that reference others come first.</param>
/// <param name="Sequences">Its sequences.</param>
/// <param name="Catalog">The number of objects of each kind.</param>
/// <param name="IsSuperuser">Whether the user may disable triggers, including foreign keys.</param>
/// <param name="UsesTime">Whether defaults, functions or views depend on when a transaction began.</param>
/// <param name="Obstacle">Why clones cannot be reset; null if they can.</param>
internal sealed record DatabaseShape(
    IReadOnlyList<ShapedTable> Tables,
    IReadOnlyList<ShapedSequence> Sequences,
    IReadOnlyList<CatalogPart> Catalog,
    bool IsSuperuser,
    bool UsesTime,
    string? Obstacle)
{
    private const string Time = @"\m(now|transaction_timestamp)\(\)|\m(current_(timestamp|date|time)|localtime(stamp)?)\M";

    private const string UserTables =
        "from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and c.relpersistence <> 't' " +
        "and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_t%' " +
        "and not exists(select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')";

    public static async Task<DatabaseShape> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var isSuperuser = (await RowsAsync(connection,
            "select rolsuper from pg_roles where rolname = current_user", cancellationToken).ConfigureAwait(false))[0][0] is true;
        var found = await RowsAsync(connection,
            $"select c.oid::bigint, format('%I.%I', n.nspname, c.relname), c.relforcerowsecurity {UserTables} order by 2",
            cancellationToken).ConfigureAwait(false);
        var references = (await RowsAsync(connection,
            "select conrelid::bigint, confrelid::bigint from pg_constraint where contype = 'f' and conrelid <> confrelid",
            cancellationToken).ConfigureAwait(false)).ToLookup(static row => (long)row[0], static row => (long)row[1]);
        var names = found.ToDictionary(static row => (long)row[0], static row => (string)row[1]);
        var order = new TableOrder(names.Keys, references);

        List<ShapedTable> tables = [];
        foreach (var table in order.Sorted)
        {
            tables.Add(new ShapedTable(
                names[table],
                await CountAsync(connection, $"only {names[table]}", cancellationToken).ConfigureAwait(false)));
        }

        List<CatalogPart> catalog = [];
        foreach (var part in CatalogPart.All)
        {
            catalog.Add(part with { Rows = await CountAsync(connection, part.From, cancellationToken).ConfigureAwait(false) });
        }

        return new DatabaseShape(
            tables,
            await SequencesAsync(connection, cancellationToken).ConfigureAwait(false),
            catalog,
            isSuperuser,
            (await RowsAsync(connection,
                $"select exists(select from pg_attrdef where pg_get_expr(adbin, adrelid) ~* '{Time}') " +
                $"or exists(select from pg_proc where oid >= 16384 and prosrc ~* '{Time}' and not exists(select from pg_depend " +
                "where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e')) " +
                "or exists(select from pg_class where oid >= 16384 and relkind = 'v' " +
                $"and pg_get_viewdef(oid) ~* '{Time}')",
                cancellationToken).ConfigureAwait(false))[0][0] is true,
            isSuperuser ? null : ObstacleOf(found, names, order));
    }

    /// <summary>Returns what a user without superuser rights cannot reset.</summary>
    private static string? ObstacleOf(IReadOnlyList<object[]> found, Dictionary<long, string> names, TableOrder order)
    {
        if (found.FirstOrDefault(static row => row[2] is true) is { } forced)
        {
            return $"{forced[1]} forces row-level security on its owner, so its rows cannot be seen. Connect as a superuser.";
        }

        return order.Cycle is { } table
            ? $"foreign keys of {names[table]} form a circle, so its rows cannot be deleted. Connect as a superuser."
            : null;
    }

    private static async Task<IReadOnlyList<ShapedSequence>> SequencesAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rows = await RowsAsync(connection,
            "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace " +
            "where c.relkind = 'S' and c.relpersistence <> 't' order by 1", cancellationToken).ConfigureAwait(false);
        List<ShapedSequence> sequences = [];
        foreach (var row in rows)
        {
            var state = await RowsAsync(connection, $"select last_value, is_called from {row[0]}", cancellationToken)
                .ConfigureAwait(false);
            sequences.Add(new ShapedSequence((string)row[0], (long)state[0][0], (bool)state[0][1]));
        }

        return sequences;
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string from, CancellationToken cancellationToken) =>
        (long)(await RowsAsync(connection, $"select count(*) from {from}", cancellationToken).ConfigureAwait(false))[0][0];

    private static async Task<IReadOnlyList<object[]>> RowsAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            List<object[]> rows = [];
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var row = new object[reader.FieldCount];
                reader.GetValues(row);
                rows.Add(row);
            }

            return rows;
        }
    }
}
