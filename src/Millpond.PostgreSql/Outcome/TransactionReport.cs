using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Outcome;

/// <summary>What a server reports about itself and a transaction (S18).</summary>
/// <param name="System">Its database system.</param>
/// <param name="Start">When it was started.</param>
/// <param name="Timeline">Its current timeline; null: it is a standby.</param>
/// <param name="Checkpoint">The log position of its last checkpoint.</param>
/// <param name="IsCheckpointOfStart">Whether that checkpoint belongs to a start or a stop.</param>
/// <param name="NextTransaction">The lowest unused id at that checkpoint.</param>
/// <param name="Status">"in progress", "committed", "aborted"; null: too old, or no id.</param>
/// <param name="HasForeignServers">Whether a transaction can write on other servers. It needs no id here for that, and what it
/// did there may be committed although it is rolled back here.</param>
internal sealed record TransactionReport(
    long System,
    DateTime Start,
    string? Timeline,
    long Checkpoint,
    bool IsCheckpointOfStart,
    ulong NextTransaction,
    string? Status,
    bool HasForeignServers)
{
    private const string Query =
        """
        select (select system_identifier from pg_catalog.pg_control_system()),
               case when not pg_catalog.pg_is_in_recovery() then
                   left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_flush_lsn()), 8) end,
               (last.checkpoint_lsn - '0/0'::pg_lsn)::bigint,
               last.checkpoint_lsn = last.redo_lsn,
               (split_part(last.next_xid, ':', 1)::numeric * 4294967296 + split_part(last.next_xid, ':', 2)::numeric)::text,
               pg_catalog.pg_xact_status($1::xid8),
               pg_catalog.pg_postmaster_start_time(),
               exists (select from pg_catalog.pg_foreign_server)
        from pg_catalog.pg_control_checkpoint() last
        """;

    // A transaction that waits for its standbys has already committed here. Once terminated, it looks the same as one that they
    // have confirmed.
    private const string End =
        """
        select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
        where pid = $1 and backend_xid::text = $2 and wait_event is distinct from 'SyncRep'
        """;

    public static async Task<TransactionReport> ReadAsync(
        RealConnection connection, ulong? transaction, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(Query, connection);
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = transaction is { } known ? known : DBNull.Value,
            NpgsqlDbType = NpgsqlDbType.Xid8,
        });
        var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            return new(
                row.GetInt64(0),
                row.GetDateTime(6),
                row.IsDBNull(1) ? null : row.GetString(1),
                row.GetInt64(2),
                row.GetBoolean(3),
                ulong.Parse(row.GetString(4), CultureInfo.InvariantCulture),
                row.IsDBNull(5) ? null : row.GetString(5),
                row.GetBoolean(7));
        }
    }

    /// <summary>Terminates a process that does not decide, if it still runs this transaction.</summary>
    public static async Task EndAsync(
        RealConnection connection, int backend, ulong transaction, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(End, connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = backend });
        command.Parameters.Add(new NpgsqlParameter<string>
        {
            TypedValue = ((uint)transaction).ToString(CultureInfo.InvariantCulture),   // this view has ids without their epoch
        });
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
