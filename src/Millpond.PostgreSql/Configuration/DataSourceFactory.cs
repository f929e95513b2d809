using Millpond.Providers;
using Npgsql;

namespace Millpond.PostgreSql.Configuration;

/// <summary>Builds the engine's data sources from one builder, which the user's code configures once.</summary>
/// <remarks>Thread-safe. Changes of the connection string by that code apply to all of them.</remarks>
internal sealed class DataSourceFactory(SourceSettings settings, PostgreSqlOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, object?> _changes = [];
    private NpgsqlDataSourceBuilder? _builder;
    private string? _customName;

    /// <param name="wanted">The connection string without the user's changes.</param>
    /// <param name="name">The data source's name, for metrics.</param>
    /// <param name="hosts">The source of several hosts, if there are several.</param>
    /// <param name="effective">The connection string with the user's changes.</param>
    public NpgsqlDataSource Build(
        NpgsqlConnectionStringBuilder wanted,
        string name,
        out NpgsqlMultiHostDataSource? hosts,
        out NpgsqlConnectionStringBuilder effective)
    {
        lock (_lock)
        {
            var builder = _builder ??= Configure(wanted, name);
            builder.Name = _customName ?? name;
            builder.ConnectionStringBuilder.ConnectionString = wanted.ConnectionString;
            foreach (var (key, value) in _changes)
            {
                builder.ConnectionStringBuilder[key] = value;
            }

            effective = new NpgsqlConnectionStringBuilder(builder.ConnectionStringBuilder.ConnectionString);
            return HostedSource.Build(builder, out hosts);
        }
    }

    private NpgsqlDataSourceBuilder Configure(NpgsqlConnectionStringBuilder wanted, string name)
    {
        var builder = new NpgsqlDataSourceBuilder(wanted.ConnectionString) { Name = name };
        builder.UseLoggerFactory(settings.LoggerFactory);
        options.Configure(settings.Services, builder);
        _customName = builder.Name == name ? null : builder.Name;
        var changed = builder.ConnectionStringBuilder;
        foreach (var key in wanted.Keys.Union(changed.Keys))
        {
            var value = changed.ShouldSerialize(key) ? changed[key] : null;
            if (!Equals(value, wanted.ShouldSerialize(key) ? wanted[key] : null))
            {
                _changes[key] = value;
            }
        }

        return builder;
    }
}
