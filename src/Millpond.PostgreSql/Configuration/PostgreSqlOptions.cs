using Npgsql;

namespace Millpond;

/// <summary>The settings of <c>UsePostgreSql</c>.</summary>
/// <remarks>Read once, when the engine is created. Not thread-safe.</remarks>
public sealed class PostgreSqlOptions
{
    private readonly List<Action<IServiceProvider?, NpgsqlDataSourceBuilder>> _configure = [];

    /// <summary>Gets or sets the pooler, such as PgBouncer, between the engine and the server.</summary>
    /// <value>Default <see cref="PoolerMode.Detect"/>.</value>
    public PoolerMode Pooler { get; set; }

    /// <summary>Gets or sets whether DO and CALL are allowed with a pooler in transaction mode.</summary>
    /// <value>Default false: they are rejected, because their bodies can leave settings and locks on a connection that other
    /// clients use.</value>
    public bool TrustProcedures { get; set; }

    internal bool IsDataSourceConfigured => _configure.Count > 0;

    /// <summary>Adds a callback that configures Npgsql's data source: type mappings, changing passwords,
    /// certificates.</summary>
    /// <param name="configure">The callback. It runs once per engine, although the engine needs several data sources: for its
    /// pool, for a new pool after an outage, for probes and migrations. All are built from the same builder. If an EF Core
    /// context maps enums, it runs once more at startup, on a builder that is only inspected.</param>
    /// <returns>These options.</returns>
    public PostgreSqlOptions ConfigureDataSource(Action<NpgsqlDataSourceBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _configure.Add((_, builder) => configure(builder));
        return this;
    }

    /// <param name="configure">The callback, with the host's services. It runs once per engine, although the engine needs
    /// several data sources: for its pool, for a new pool after an outage, for probes and migrations. All are built from the
    /// same builder. If an EF Core context maps enums, it runs once more at startup, on a builder that is only
    /// inspected.</param>
    /// <inheritdoc cref="ConfigureDataSource(Action{NpgsqlDataSourceBuilder})" path="/summary|/returns"/>
    public PostgreSqlOptions ConfigureDataSource(Action<IServiceProvider, NpgsqlDataSourceBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _configure.Add((services, builder) => configure(
            services ?? throw new InvalidOperationException(
                "This ConfigureDataSource needs the host's services, which an engine from DbEngine.Create does not have. " +
                "Use AddMillpond, or the overload without services."),
            builder));
        return this;
    }

    internal void Configure(IServiceProvider? services, NpgsqlDataSourceBuilder builder) =>
        _configure.ForEach(configure => configure(services, builder));

    internal void Check(ICollection<string> faults)
    {
        if (!Enum.IsDefined(Pooler))
        {
            faults.Add($"Pooler is {Pooler}; use {string.Join(", ", Enum.GetNames<PoolerMode>())}.");
        }
    }
}
