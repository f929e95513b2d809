using System.Text;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Connections;

/// <summary>Resets a connection while it still belongs to the session, in one round trip (S21).</summary>
/// <remarks>Npgsql resets it with its next user's first command; until then, locks would remain. Like Npgsql's reset it avoids
/// DISCARD ALL, which would drop statements that the driver considers prepared.</remarks>
internal static class SessionReset
{
    // First, because its result may need a second round trip. The driver's prepared statements come from the protocol, not from
    // SQL.
    private const string Prepared = "select name from pg_catalog.pg_prepared_statements where from_sql";

    private static readonly string[] Statements =
    [
        "set session authorization default",
        "reset role",
        "reset all",
        "close all",
        "unlisten *",
        "select pg_catalog.pg_advisory_unlock_all()",
        "discard sequences",
        "discard temp",
    ];

    /// <param name="connection">The connection.</param>
    /// <param name="isUnsure">Whether failed work may have ended the transaction and begun another one, which the driver does
    /// not know.</param>
    /// <param name="isShared">Whether a pooler shares the server's connection, so that only the transaction is reset.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static async Task RunAsync(
        RealConnection connection, bool isUnsure, bool isShared, CancellationToken cancellationToken)
    {
        if (isUnsure)
        {
            using var rollback = new NpgsqlCommand("ROLLBACK", connection);
            await rollback.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        if (isShared)
        {
            return;
        }

        var left = await ResetAsync(connection, cancellationToken).ConfigureAwait(false);
        if (left is not null)
        {
            using var command = new NpgsqlCommand(left, connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<string?> ResetAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Prepared));
        foreach (var statement in Statements)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        }

        StringBuilder? left = null;
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var name = reader.GetString(0).Replace("\"", "\"\"", StringComparison.Ordinal);
                (left ??= new StringBuilder()).Append("deallocate \"").Append(name).Append("\";");
            }

            while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
            {
                // Throws an error of any of the other statements.
            }
        }

        return left?.ToString();
    }
}
