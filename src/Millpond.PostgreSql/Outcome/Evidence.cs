using System.Data.Common;
using System.Globalization;

namespace Millpond.PostgreSql.Outcome;

/// <summary>Identifies a transaction, so that its outcome can be queried later (S18).</summary>
/// <param name="Transaction">Its id; null: it has none, so it has written nothing on this server.</param>
/// <param name="Start">When the server was started, to the microsecond. It distinguishes servers and their restarts.</param>
/// <param name="System">The database system's identifier; copies share it. Null: not known.</param>
/// <param name="Timeline">The timeline of the server; each promotion begins a new one. Null: on a standby.</param>
/// <param name="Flushed">The position up to which the log was on disk. Null: on a standby.</param>
/// <param name="Backend">The server process that was to commit.</param>
internal sealed record Evidence(
    ulong? Transaction, DateTime Start, long? System, string? Timeline, long? Flushed, int Backend)
{
    /// <summary>The query before COMMIT. It cannot fail if it has succeeded before.</summary>
    /// <remarks>It omits the system identifier, which is read from a file and takes twice the time of the rest.</remarks>
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
        row.GetDateTime(1) == facts.Start ? facts.System : null,   // behind a pooler it may have been restarted
        row.IsDBNull(2) ? null : row.GetString(2),
        row.IsDBNull(3) ? null : row.GetInt64(3),
        row.GetInt32(4));

    /// <summary>Evaluates a server's answer.</summary>
    /// <returns>Null if the outcome is not decided yet.</returns>
    public CommitOutcome? Evaluate(TransactionReport report)
    {
        if (Transaction is null)
        {
            return report.HasForeignServers ? CommitOutcome.Unknown : CommitOutcome.Committed;
        }

        // A standby, another system or another timeline may use this id for another transaction, or lag behind.
        var isSameSystem = report.Start == Start || report.System == System;
        if (!isSameSystem || Timeline is null || report.Timeline != Timeline)
        {
            return CommitOutcome.Unknown;
        }

        return report.Status switch
        {
            "in progress" => null,
            "aborted" when report.HasForeignServers => CommitOutcome.Unknown,
            "aborted" => CommitOutcome.RolledBack,   // the id of a commit on disk is not reused
            "committed" when IsSameTransaction(report) => CommitOutcome.Committed,
            _ => CommitOutcome.Unknown,   // null: too old to be known
        };
    }

    /// <summary>Returns whether the id still belongs to this transaction. A crash that loses the end of the log reuses lost
    /// ids.</summary>
    /// <remarks>Crash recovery ends with a checkpoint after the flushed position. So either there was no checkpoint since, or
    /// the last one belongs to a start or a stop (its redo position is its own), and by then the id was known to be in
    /// use.</remarks>
    private bool IsSameTransaction(TransactionReport report) =>
        report.Checkpoint < Flushed || (report.IsCheckpointOfStart && report.NextTransaction > Transaction);
}
