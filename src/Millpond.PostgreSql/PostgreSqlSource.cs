using System.Data.Common;
using System.Net.Sockets;
using Millpond.Connections;
using Millpond.Engine;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

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
            return new PostgreSqlSessionConnection(await OpenAsync(cancellationToken).ConfigureAwait(false));
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
            var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                using var command = new NpgsqlCommand("select 1", connection);
                await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is NpgsqlException or SocketException or TimeoutException)
        {
            throw DatabaseUnavailableException.CannotConnect(Server, error);
        }
    }

    public override ValueTask DisposeAsync() => _pool.DisposeAsync();

    /// <summary>Opens, and waits no longer than the token says.</summary>
    /// <remarks>Npgsql's opening looks at its token between its steps only: while it waits for a server that accepted it and then
    /// says nothing, just its own Timeout (15 s) counts.</remarks>
    private ValueTask<RealConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var opening = _pool.OpenConnectionAsync(cancellationToken);
        return opening.IsCompleted ? opening : WaitAsync(opening.AsTask(), cancellationToken);
    }

    private static async ValueTask<RealConnection> WaitAsync(Task<RealConnection> opening, CancellationToken cancellationToken)
    {
        try
        {
            return await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = CloseLateAsync(opening);
            throw;
        }
    }

    /// <summary>Gives back to the pool what came when nobody waited for it any more.</summary>
    private static async Task CloseLateAsync(Task<RealConnection> opening)
    {
        try
        {
            await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It failed, as whoever waited for it was told already.
        }
    }
}
