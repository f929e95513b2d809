using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql;

/// <summary>Knows each connection's <c>default_transaction_isolation</c>, which is queried once, when the connection is new
/// (S25).</summary>
/// <remarks>Thread-safe. Npgsql's BEGIN always names a level, and takes READ COMMITTED where none is given.</remarks>
internal static class PostgreSqlDefaultLevel
{
    // Npgsql has one dictionary of parameters for each physical connection.
    private static readonly ConditionalWeakTable<object, object> Known = [];

    /// <summary>Says whether the level needs no query any more.</summary>
    public static bool IsKnown(RealConnection connection) => Known.TryGetValue(connection.PostgresParameters, out _);

    /// <summary>Gets the level.</summary>
    /// <returns><see cref="IsolationLevel.Unspecified"/>: the driver's choice, READ COMMITTED.</returns>
    public static ValueTask<IsolationLevel> GetAsync(RealConnection connection, CancellationToken cancellationToken) =>
        Known.TryGetValue(connection.PostgresParameters, out var known)
            ? new((IsolationLevel)known)
            : new(QueryAsync(connection, cancellationToken));

    private static async Task<IsolationLevel> QueryAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        var level = IsolationLevel.Unspecified;
        try
        {
            using var command = new NpgsqlCommand("show default_transaction_isolation", connection);
            level = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) switch
            {
                "repeatable read" => IsolationLevel.RepeatableRead,
                "serializable" => IsolationLevel.Serializable,
                _ => IsolationLevel.Unspecified,
            };
        }
        catch (PostgresException error) when (error.InvariantSeverity == "ERROR")
        {
            // Some servers that speak PostgreSQL's protocol have no such setting.
        }

        Known.AddOrUpdate(connection.PostgresParameters, level);
        return level;
    }
}
