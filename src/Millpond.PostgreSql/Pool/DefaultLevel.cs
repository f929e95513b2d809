using System.Data;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Pool;

/// <summary>Reads a connection's <c>default_transaction_isolation</c>, once, when the connection is new (S25).</summary>
/// <remarks>Npgsql's BEGIN always names a level, and takes READ COMMITTED where none is given.</remarks>
internal static class DefaultLevel
{
    /// <returns><see cref="IsolationLevel.Unspecified"/>: the driver's choice, READ COMMITTED.</returns>
    public static async Task<IsolationLevel> ReadAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            using var command = new NpgsqlCommand("show default_transaction_isolation", connection);
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) switch
            {
                "repeatable read" => IsolationLevel.RepeatableRead,
                "serializable" => IsolationLevel.Serializable,
                _ => IsolationLevel.Unspecified,
            };
        }
        catch (PostgresException error) when (error.InvariantSeverity == "ERROR")
        {
            return IsolationLevel.Unspecified;   // some servers that speak PostgreSQL's protocol have no such setting
        }
    }
}
