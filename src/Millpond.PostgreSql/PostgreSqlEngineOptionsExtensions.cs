using Millpond;
using Millpond.PostgreSql;
using Npgsql;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Chooses PostgreSQL for an engine.</summary>
public static class PostgreSqlEngineOptionsExtensions
{
    /// <summary>Offers PostgreSQL over Npgsql.</summary>
    /// <param name="options">The engine's options.</param>
    /// <param name="connection">
    /// A URL (<c>postgresql://user:password@host:5432/database?sslmode=require</c>) or an Npgsql connection string; null: the
    /// engine's connection string out of options or configuration.
    /// </param>
    /// <param name="configure">Sets up Npgsql's data source: type mappings, passwords that change, certificates. Called for each
    /// that the engine makes: one for its pool, another after an outage, others for probes and migrations.</param>
    /// <param name="pooler">What stands between, such as PgBouncer. Default: the engine finds out.</param>
    /// <param name="trustProcedures">Whether DO and CALL may run behind a pooler in transaction mode. Default: they are refused
    /// there, for their bodies can leave settings and locks to strangers.</param>
    /// <returns>The options.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="pooler"/> is none of its values.</exception>
    public static EngineOptions UsePostgreSql(
        this EngineOptions options,
        string? connection = null,
        Action<NpgsqlDataSourceBuilder>? configure = null,
        PoolerMode pooler = PoolerMode.Detect,
        bool trustProcedures = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Enum.IsDefined(pooler)
            ? options.UseProvider(new PostgreSqlProvider(configure, pooler, trustProcedures), connection)
            : throw new ArgumentOutOfRangeException(nameof(pooler), pooler, "This is none of the modes.");
    }
}
