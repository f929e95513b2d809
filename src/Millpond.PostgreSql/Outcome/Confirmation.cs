using System.Collections.Concurrent;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Outcome;

/// <summary>Whether a source's servers can be asked what became of a commit (S18). Found out once for each.</summary>
/// <remarks>Thread-safe. What stands in a commit's packet must never fail, or it would take the commit with it. So it is tried
/// before, inside a savepoint: some services that speak like PostgreSQL lack these functions, and roles can be denied
/// them.</remarks>
internal sealed class Confirmation
{
    private const int Oldest = 13;   // pg_xact_status of xid8 came with it
    private const string SystemQuery =
        "select pg_catalog.pg_postmaster_start_time(), system_identifier from pg_catalog.pg_control_system()";

    private readonly ConcurrentDictionary<(string? Host, int Port), bool> _isPossible = new();
    private readonly ConcurrentDictionary<DateTime, long> _systems = new();

    /// <summary>Says whether it may be possible on this connection.</summary>
    public bool MayBeOn(RealConnection connection) =>
        _isPossible.GetValueOrDefault(Server(connection), true) &&
        connection.PostgreSqlVersion.Major >= Oldest &&
        !connection.PostgresParameters.ContainsKey("crdb_version");   // CockroachDB, which says that it is PostgreSQL 13

    /// <summary>Says whether it is possible, and tries it first where that is not known: inside the transaction that is about to
    /// commit.</summary>
    /// <exception cref="PostgresException">The transaction is aborted, or met a conflict.</exception>
    public async ValueTask<bool> IsPossibleAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        if (_isPossible.TryGetValue(Server(connection), out var known))
        {
            return known;
        }

        var isPossible = true;
        try
        {
            await TryAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException error) when (IsAboutTheQuery(error.SqlState))
        {
            using var command = new NpgsqlCommand("ROLLBACK TO SAVEPOINT millpond_confirm", connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            isPossible = false;
        }

        _isPossible[Server(connection)] = isPossible;
        return isPossible;
    }

    /// <summary>Adds what is known of the server.</summary>
    public Evidence Complete(Evidence evidence, RealConnection connection)
    {
        if (_systems.TryGetValue(evidence.Start, out var system))
        {
            return evidence with { System = system };
        }

        _isPossible.TryRemove(Server(connection), out _);   // it was started anew, or is another: the next commit finds out
        return evidence;
    }

    private static (string? Host, int Port) Server(RealConnection connection) => (connection.Host, connection.Port);

    private async Task TryAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SAVEPOINT millpond_confirm"),
                new NpgsqlBatchCommand(SystemQuery),
                new NpgsqlBatchCommand(Evidence.Query),
                new NpgsqlBatchCommand("RELEASE SAVEPOINT millpond_confirm"),
            },
        };
        var row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            _systems[row.GetDateTime(0)] = row.GetInt64(1);
            while (await row.NextResultAsync(cancellationToken).ConfigureAwait(false))
            {
                // An error in any of the others comes out here.
            }
        }
    }

    /// <summary>Syntax and rights, what is not supported, what is not in the right state, wrong values, the server's own
    /// faults.</summary>
    private static bool IsAboutTheQuery(string state) => state[..2] is "42" or "0A" or "55" or "22" or "58" or "XX";
}
