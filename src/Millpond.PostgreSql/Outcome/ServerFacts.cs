using System.Data;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql.Outcome;

/// <summary>What a server reports about itself on a new connection (S18, S25).</summary>
/// <param name="Level">Its <c>default_transaction_isolation</c>: Npgsql's BEGIN always names a level, and uses READ COMMITTED
/// if none is given.</param>
/// <param name="Start">When it was started.</param>
/// <param name="System">Its database system; null: this role cannot query the outcome of commits.</param>
internal sealed record ServerFacts(IsolationLevel Level, DateTime Start = default, long? System = null)
{
    // The query before COMMIT must never fail, or the commit would fail with it. So it is tried here: PostgreSQL-compatible
    // services lack some of these functions, and roles can be denied them.
    private const string Query =
        $"""
        select pg_catalog.current_setting('default_transaction_isolation'), evidence.*, control.system_identifier
        from ({Evidence.Query}) evidence, pg_catalog.pg_control_system() control
        """;

    public static async Task<ServerFacts> ReadAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            using var command = new NpgsqlCommand(Query, connection);
            var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                return new(LevelOf(row.GetString(0)), row.GetDateTime(2), row.GetInt64(6));
            }
        }
        catch (PostgresException error) when (error.InvariantSeverity == "ERROR")
        {
            return new(await ReadLevelAsync(connection, cancellationToken).ConfigureAwait(false));
        }
    }

    private static async Task<IsolationLevel> ReadLevelAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            using var command = new NpgsqlCommand("show default_transaction_isolation", connection);
            return LevelOf(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (PostgresException error) when (error.InvariantSeverity == "ERROR")
        {
            return IsolationLevel.Unspecified;   // some PostgreSQL-compatible servers have no such setting
        }
    }

    private static IsolationLevel LevelOf(object? setting) => setting switch
    {
        "repeatable read" => IsolationLevel.RepeatableRead,
        "serializable" => IsolationLevel.Serializable,
        _ => IsolationLevel.Unspecified,
    };
}
