using Millpond.PostgreSql;

namespace Millpond;

/// <summary>Chooses PostgreSQL for an engine.</summary>
public static class PostgreSqlEngineOptionsExtensions
{
    /// <summary>Offers PostgreSQL over Npgsql as the engine's database.</summary>
    /// <param name="options">The engine's options.</param>
    /// <param name="connectionString">
    /// A URL (<c>postgresql://user:password@host:5432/database?sslmode=require</c>) or an Npgsql connection string; null: the
    /// engine's connection string from its options or from the configuration.
    /// </param>
    /// <param name="configure">Sets the pooler and Npgsql's data source.</param>
    /// <returns>The same options.</returns>
    public static EngineOptions UsePostgreSql(
        this EngineOptions options, string? connectionString = null, Action<PostgreSqlOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var own = new PostgreSqlOptions();
        configure?.Invoke(own);
        return options.UseProvider(new PostgreSqlProvider(own), connectionString);
    }

    /// <inheritdoc cref="UsePostgreSql(EngineOptions, string?, Action{PostgreSqlOptions}?)"/>
    public static EngineOptions UsePostgreSql(this EngineOptions options, Action<PostgreSqlOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return options.UsePostgreSql(connectionString: null, configure);
    }
}
