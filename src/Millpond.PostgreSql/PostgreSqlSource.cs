using System.Data;
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

    public PostgreSqlSource(SourceSettings settings, Action<NpgsqlDataSourceBuilder>? configure)
    {
        var wanted = PostgreSqlPoolString.For(settings);
        var builder = new NpgsqlDataSourceBuilder(wanted.ConnectionString) { Name = settings.EngineName };
        builder.UseLoggerFactory(settings.LoggerFactory);
        configure?.Invoke(builder);
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
        catch (Exception error) when (error is NpgsqlException or SocketException or TimeoutException)
        {
            throw DatabaseUnavailableException.CannotConnect(Server, error);
        }
    }

    public override ValueTask ReturnAsync(ProviderConnection connection) => connection.Connection.DisposeAsync();

    public override async Task ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await TryProbeAsync(mayBeDead: true, cancellationToken).ConfigureAwait(false))
            {
                // A pooled connection that died while nobody used it says nothing of how the server is now: ask over a new one.
                _pool.Clear();
                await TryProbeAsync(mayBeDead: false, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is NpgsqlException or SocketException or TimeoutException)
        {
            throw DatabaseUnavailableException.CannotConnect(Server, error);
        }
    }

    public override ValueTask DisposeAsync() => _pool.DisposeAsync();

    /// <returns>False: the connection that was asked over turned out to be dead.</returns>
    private async Task<bool> TryProbeAsync(bool mayBeDead, CancellationToken cancellationToken)
    {
        var connection = await _pool.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            using var command = new NpgsqlCommand("select 1", connection);
            try
            {
                await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (NpgsqlException) when (mayBeDead && connection.State != ConnectionState.Open)
            {
                return false;
            }
        }
    }
}
