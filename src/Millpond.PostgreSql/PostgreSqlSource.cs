using System.Data.Common;
using System.Net.Sockets;
using Millpond.Connections;
using Millpond.Engine;
using Npgsql;

namespace Millpond.PostgreSql;

/// <summary>Npgsql's own pool as a source of connections: its reset, its type cache and its hosts stay as they are.</summary>
internal sealed class PostgreSqlSource : ConnectionSource
{
    private readonly NpgsqlDataSource _pool;
    private readonly int _poolSize;
    private readonly bool _isOwnName;

    public PostgreSqlSource(SourceSettings settings, Action<NpgsqlDataSourceBuilder>? configure)
    {
        var wanted = PostgreSqlPoolString.For(settings);
        var builder = new NpgsqlDataSourceBuilder(wanted.ConnectionString) { Name = settings.EngineName };
        builder.UseLoggerFactory(settings.LoggerFactory);
        var hasName = new NpgsqlConnectionStringBuilder(settings.ConnectionString).ShouldSerialize("Application Name");
        configure?.Invoke(builder);
        _poolSize = settings.PoolSize + settings.MaxOverflow;
        _isOwnName = !hasName && builder.ConnectionStringBuilder.ApplicationName == wanted.ApplicationName;
        _pool = builder.Build();
        Server = $"{wanted.Host}:{wanted.Port}/{wanted.Database}";
        Database = wanted.Database ?? "";
        PublicConnectionString = PostgreSqlPoolString.WithoutPassword(wanted);
    }

    public override DatabaseDialect Dialect => PostgreSqlDialect.Instance;

    public override DbProviderFactory Factory => NpgsqlFactory.Instance;

    public override string PublicConnectionString { get; }

    public override string Server { get; }

    public override string Database { get; }

    public override async ValueTask<ProviderConnection> RentAsync(CancellationToken cancellationToken)
    {
        try
        {
            return new PostgreSqlSessionConnection(await _pool.OpenConnectionAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error) when (IsOfConnecting(error))
        {
            throw Unavailable(error);
        }
    }

    public override ValueTask ReturnAsync(ProviderConnection connection) => connection.Connection.DisposeAsync();

    public override async Task ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var connection = await _pool.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                using var command = new NpgsqlCommand("select 1", connection);
                await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (IsOfConnecting(error))
        {
            throw Unavailable(error);
        }
    }

    public override async Task<ServerLimits?> ReadLimitsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var connection = await _pool.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await PostgreSqlLimits.ReadAsync(connection, _isOwnName, _poolSize, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
        catch (Exception error) when (IsOfConnecting(error))
        {
            throw Unavailable(error);
        }
    }

    public override ValueTask DisposeAsync() => _pool.DisposeAsync();

    private static bool IsOfConnecting(Exception error) => error is NpgsqlException or SocketException or TimeoutException;

    private DatabaseUnavailableException Unavailable(Exception error) =>
        error is DbException { SqlState: PostgresErrorCodes.TooManyConnections }
            ? DatabaseUnavailableException.ServerFull(Server, error)
            : DatabaseUnavailableException.CannotConnect(Server, error);
}
