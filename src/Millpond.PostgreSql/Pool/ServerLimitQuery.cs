using System.Data.Common;
using Millpond.PostgreSql.Configuration;
using Millpond.Providers;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Pool;

/// <summary>Reads the connection limits of a role in a database, in one query that any role may run (G17).</summary>
/// <remarks>For other roles' connections an ordinary role sees the role, the database and the application name, but not the
/// kind. So the count may include a parallel worker or two that take no slot. Superusers are limited only by
/// <c>max_connections</c>.</remarks>
internal static class ServerLimitQuery
{
    private const string IsClient =
        """
        a.usesysid is not null and a.datid is not null and coalesce(a.backend_type, 'client backend') = 'client backend'
        """;

    /// <summary>The application names of this engine's workers differ in their last letters.</summary>
    private const string Ours =
        """
        length(a.application_name) = length(current_setting('application_name'))
            and left(a.application_name, length(a.application_name) - @own)
                = left(current_setting('application_name'), length(a.application_name) - @own)
        """;

    private const string OthersQuery =
        $"""
        select a.application_name, coalesce(a.usename, ''), coalesce(a.datname, ''), count(*)::int
        from pg_catalog.pg_stat_activity a
        where {IsClient} and not (a.usename = session_user and a.datname = current_database() and {Ours})
        group by 1, 2, 3 order by 4 desc, 1, 2, 3 limit 5
        """;

    private const string Query =
        $"""
        select current_setting('max_connections')::int,
               case when me.rolsuper then 0 else current_setting('superuser_reserved_connections')::int end,
               case when me.rolsuper or me.reserve then 0
                    else coalesce(current_setting('reserved_connections', true), '0')::int end,
               case when me.rolsuper then -1 else me.rolconnlimit end,
               case when me.rolsuper then -1 else me.datconnlimit end,
               me.rolname, me.datname,
               (count(*) filter (where not other.ours))::int,
               (count(*) filter (where not other.ours and other.usesysid = me.role))::int,
               (count(*) filter (where not other.ours and other.datid = me.base))::int,
               (count(*) filter (where other.ours))::int,
               (count(distinct other.application_name) filter (where other.ours))::int
        from (
            select r.oid as role, d.oid as base, r.rolname, r.rolsuper, r.rolconnlimit, d.datname, d.datconnlimit,
                   exists (select from pg_catalog.pg_roles p where p.rolname = 'pg_use_reserved_connections'
                               and pg_has_role(r.oid, p.oid, 'usage')) as reserve
            from pg_catalog.pg_roles r, pg_catalog.pg_database d
            where r.rolname = session_user and d.datname = current_database()) me
        left join lateral (
            select a.usesysid, a.datid, a.application_name, (a.usesysid = me.role and a.datid = me.base and {Ours}) as ours
            from pg_catalog.pg_stat_activity a
            where {IsClient}) other on true
        group by me.role, me.base, me.rolname, me.rolsuper, me.rolconnlimit, me.datname, me.datconnlimit, me.reserve
        """;

    public static async Task<ServerLimits?> ReadAsync(
        RealConnection connection, DriverPool pool, int size, CancellationToken cancellationToken)
    {
        var telling = pool.HasOwnName;   // whether the application name identifies workers, or the user chose it
        using var command = new NpgsqlCommand($"{Query};{OthersQuery}", connection);
        command.Parameters.AddWithValue("own", telling ? ApplicationName.WorkerLength : 0);
        var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            var bounds = ReadBounds(row);
            var workers = telling ? row.GetInt32(11) : (row.GetInt32(10) + size - 1) / size;   // a shared name: at least these
            return new ServerLimits
            {
                Bounds = bounds,
                Workers = Math.Max(1, workers),
                CountsWorkers = telling,
                OtherClients = await ReadOthersAsync(row, cancellationToken).ConfigureAwait(false),
                IsBehindPooler = pool.Traits.IsBehindPooler,
                PoolerNote = pool.Pooler.Note,
            };
        }
    }

    private static List<ServerLimit> ReadBounds(DbDataReader row)
    {
        List<ServerLimit> bounds =
        [
            new()
            {
                Name = "max_connections",
                Slots = row.GetInt32(0),
                Reserved = row.GetInt32(1) + row.GetInt32(2),
                Others = row.GetInt32(7),
            },
        ];
        if (row.GetInt32(3) is >= 0 and var ofRole)
        {
            bounds.Add(new() { Name = $"the limit of role '{row.GetString(5)}'", Slots = ofRole, Others = row.GetInt32(8) });
        }

        if (row.GetInt32(4) is >= 0 and var ofDatabase)
        {
            bounds.Add(
                new() { Name = $"the limit of database '{row.GetString(6)}'", Slots = ofDatabase, Others = row.GetInt32(9) });
        }

        return bounds;
    }

    private static async Task<List<ServerClient>> ReadOthersAsync(DbDataReader row, CancellationToken cancellationToken)
    {
        List<ServerClient> others = [];
        await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            others.Add(new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt32(3)));
        }

        return others;
    }
}
