using Millpond.PostgreSql;

namespace Millpond;

/// <summary>Configures PostgreSQL for an engine.</summary>
public static class PostgreSqlEngineOptionsExtensions
{
    /// <summary>Adds PostgreSQL as the engine's database, using Npgsql.</summary>
    /// <param name="options">The engine's options.</param>
    /// <param name="connectionString">A URL (<c>postgresql://user:password@host:5432/database?sslmode=require</c>) or an Npgsql
    /// connection string; null to use the one from the options or the configuration.</param>
    /// <param name="configure">Configures the pooler and Npgsql's data source.</param>
    /// <returns>The engine's options.</returns>
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
