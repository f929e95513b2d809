using Npgsql;

namespace Millpond.Testing.Resets;

/// <summary>Reads what a database holds, without what differs from run to run: generated columns, references to
/// them, times and UUIDs.
/// </summary>
internal static class DatabaseContent
{
    public static async Task<string> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var columns = await TextAsync(
            connection,
            "select coalesce(string_agg(format('select %L || " +
            "coalesce(string_agg(row::text, E''\\n'' order by row::text), '''') " +
            "from (select row(%s) from only %s) t(row)', t || ': ', c, t), ' union all ' order by t), 'select ''''') from (" +
            "select format('%I.%I', n.nspname, r.relname) t, string_agg(format('%I', a.attname), ', ' order by a.attnum) " +
            "filter (where not a.atthasdef and a.attidentity = '' and a.atttypid not in ('timestamptz'::regtype, " +
            "'timestamp'::regtype, 'date'::regtype, 'timetz'::regtype, 'time'::regtype, 'uuid'::regtype) " +
            "and not exists(select from pg_constraint f " +
            "where f.contype = 'f' and f.conrelid = r.oid and a.attnum = any(f.conkey))) c " +
            "from pg_class r join pg_namespace n on n.oid = r.relnamespace join pg_attribute a on a.attrelid = r.oid " +
            "where r.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and a.attnum > 0 " +
            "and not a.attisdropped group by 1) s",
            cancellationToken).ConfigureAwait(false);
        return await TextAsync(
            connection, $"select string_agg(line, E'\\n') from ({columns}) s(line)", cancellationToken).ConfigureAwait(false);
    }

    private static async Task<string> TextAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string ?? "";
    }
}
