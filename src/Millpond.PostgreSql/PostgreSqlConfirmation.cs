using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql;

/// <summary>Whether a source's database can be asked what became of a commit (S18). Found out once.</summary>
/// <remarks>Thread-safe. What stands in a commit's packet must never fail, or it would take the commit with it. So it is tried
/// before, inside a savepoint: some services that speak like PostgreSQL lack these functions, and roles can be denied them.</remarks>
internal sealed class PostgreSqlConfirmation
{
    private const int Oldest = 13;   // pg_xact_status of xid8 came with it

    private volatile State _state;

    private enum State
    {
        Untried,
        Possible,
        Impossible,
    }

    /// <summary>Gets whether it was found to be possible.</summary>
    public bool IsPossible => _state == State.Possible;

    /// <summary>Says whether it may be possible on this connection.</summary>
    public bool MayBeOn(RealConnection connection) =>
        _state != State.Impossible &&
        connection.PostgreSqlVersion.Major >= Oldest &&
        !connection.PostgresParameters.ContainsKey("crdb_version");   // CockroachDB, which says that it is PostgreSQL 13

    /// <summary>Tries it, inside the transaction that is about to commit.</summary>
    /// <exception cref="PostgresException">The transaction is aborted, or met a conflict.</exception>
    public async Task TryAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SAVEPOINT millpond_confirm"),
                new NpgsqlBatchCommand(PostgreSqlEvidence.Query),
                new NpgsqlBatchCommand("RELEASE SAVEPOINT millpond_confirm"),
            },
        };
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            _state = State.Possible;
        }
        catch (PostgresException error) when (IsAboutTheQuery(error.SqlState))
        {
            using var command = new NpgsqlCommand("ROLLBACK TO SAVEPOINT millpond_confirm", connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            _state = State.Impossible;
        }
    }

    /// <summary>Syntax and rights, what is not supported, what is not in the right state, wrong values, the server's own
    /// faults.</summary>
    private static bool IsAboutTheQuery(string state) => state[..2] is "42" or "0A" or "55" or "22" or "58" or "XX";
}
