using System.Data.Common;
using System.Globalization;

namespace Millpond.PostgreSql.Outcome;

/// <summary>By what a server can be asked what became of a transaction (S18).</summary>
/// <param name="Transaction">Its id; null: it has none, so it has written nothing on this server.</param>
/// <param name="Start">When the server had been started, to the microsecond: it tells servers and their lives apart.</param>
/// <param name="System">Which database system it was on; copies of one have the same. Null: not known.</param>
/// <param name="Timeline">The history that this one had taken; another begins with each promotion. Null: on a standby.</param>
/// <param name="Flushed">Up to where the log was on the disk by then. Null: on a standby.</param>
/// <param name="Backend">The server's process that was to commit.</param>
internal sealed record Evidence(
    ulong? Transaction, DateTime Start, long? System, string? Timeline, long? Flushed, int Backend)
{
    /// <summary>What travels in front of COMMIT. It cannot fail where it did not fail before.</summary>
    /// <remarks>The system's identifier is not in it: to read that takes a file, and twice the time of all the rest.</remarks>
    public const string Query =
        """
        select pg_catalog.pg_current_xact_id_if_assigned()::text,
               pg_catalog.pg_postmaster_start_time(),
               case when not pg_catalog.pg_is_in_recovery() then
                   left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_flush_lsn()), 8) end,
               case when not pg_catalog.pg_is_in_recovery() then
                   (pg_catalog.pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint end,
               pg_catalog.pg_backend_pid()
        """;

    public static Evidence Read(DbDataReader row, ServerFacts facts) => new(
        row.IsDBNull(0) ? null : ulong.Parse(row.GetString(0), CultureInfo.InvariantCulture),
        row.GetDateTime(1),
        row.GetDateTime(1) == facts.Start ? facts.System : null,   // behind a pooler it may have been started anew
        row.IsDBNull(2) ? null : row.GetString(2),
        row.IsDBNull(3) ? null : row.GetInt64(3),
        row.GetInt32(4));

    /// <summary>Judges what a server says.</summary>
    /// <returns>Null: it has not decided yet.</returns>
    public CommitOutcome? Judge(Witness witness)
    {
        if (Transaction is null)
        {
            return witness.HasForeignServers ? CommitOutcome.Unknown : CommitOutcome.Committed;
        }

        // A standby, another system or another history may know this id for another transaction, or be behind.
        var isSameSystem = witness.Start == Start || witness.System == System;
        if (!isSameSystem || Timeline is null || witness.Timeline != Timeline)
        {
            return CommitOutcome.Unknown;
        }

        return witness.Status switch
        {
            "in progress" => null,
            "aborted" when witness.HasForeignServers => CommitOutcome.Unknown,
            "aborted" => CommitOutcome.RolledBack,   // a commit that reached the disk would have kept its id from anybody else
            "committed" when IsSameTransaction(witness) => CommitOutcome.Committed,
            _ => CommitOutcome.Unknown,   // null: so old that nobody knows
        };
    }

    /// <summary>Says whether the id is still this transaction's: a crash that loses the end of the log gives lost ids out
    /// again.</summary>
    /// <remarks>Recovery from a crash ends with a checkpoint, behind what was on the disk. So either there was no checkpoint
    /// since, or the last one is that of a start or a stop (its redo is itself), and by then the id was known to be
    /// taken.</remarks>
    private bool IsSameTransaction(Witness witness) =>
        witness.Checkpoint < Flushed || (witness.IsCheckpointOfStart && witness.NextTransaction > Transaction);
}
