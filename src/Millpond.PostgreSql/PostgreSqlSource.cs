using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Millpond.PostgreSql.Configuration;
using Millpond.PostgreSql.Connections;
using Millpond.PostgreSql.Listening;
using Millpond.PostgreSql.Outcome;
using Millpond.PostgreSql.Pool;
using Millpond.PostgreSql.Statements;
using Millpond.Providers;
using Npgsql;
using RealConnection = Npgsql.NpgsqlConnection;

namespace Millpond.PostgreSql;

/// <summary>Npgsql's pool as a source of connections. Its reset, type cache and hosts are unchanged.</summary>
internal sealed class PostgreSqlSource : ConnectionSource
{
    private const int ProbeSeconds = 2;
    private const int KeepaliveSeconds = 30;   // for connections that listen

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private readonly DriverPool _pool;
    private readonly TimeProvider _time;
    private readonly int _poolSize;
    private readonly PostgreSqlOptions _options;
    private readonly IServiceProvider? _services;
    private readonly Lazy<NpgsqlDataSource> _besidePool;
    private readonly Lazy<NpgsqlDataSource> _unpooledProbe;
    private readonly NoticeEventHandler _onNotice;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _end = new();

    public PostgreSqlSource(SourceSettings settings, PostgreSqlOptions options)
    {
        var wanted = PoolString.For(settings, options.Pooler);
        var sources = new DataSourceFactory(settings, options);
        _poolSize = settings.PoolSize + settings.MaxOverflow;
        (_options, _services) = (options, settings.Services);
        _pool = new DriverPool(settings, sources, options);
        _besidePool = new Lazy<NpgsqlDataSource>(() => BuildUnpooled(settings, sources, "set-up"));
        _unpooledProbe = new Lazy<NpgsqlDataSource>(() => BuildUnpooled(settings, sources, "probe", ProbeSeconds));
        _logger = settings.LoggerFactory.CreateLogger("Millpond.PostgreSql");
        _onNotice = (_, notice) => PostgreSqlLog.Noticed(_logger, settings.EngineName, notice.Notice);
        _time = settings.Time;
        Server = $"{wanted.Host}:{wanted.Port}/{wanted.Database}";
        Database = wanted.Database ?? "";
        PublicConnectionString = PoolString.WithoutPassword(wanted);
    }

    public override DatabaseDialect Dialect => PostgreSqlDialect.Instance;

    public override DbProviderFactory Factory => NpgsqlFactory.Instance;

    public override bool IsRemote => true;

    // An abstract type has no mapping, so the type of the value decides.
    public override DbParameter CreateParameter<T>(string name, T? value)
        where T : default =>
        typeof(T) == typeof(object) || typeof(T) == typeof(DBNull) || typeof(T).IsAbstract
            ? base.CreateParameter(name, value)
            : new NpgsqlParameter<T?>(name, value);

    public override string PublicConnectionString { get; }

    public override string Server { get; }

    public override string Database { get; }

    public override async ValueTask<ProviderConnection> RentAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await LeaseAsync(await _pool.OpenAsync(cancellationToken).ConfigureAwait(false), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception error) when (IsOfConnecting(error))
        {
            throw Unavailable(error);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask ReturnAsync(ProviderConnection connection)
    {
        if (connection is LeasedConnection { IsDoubtful: true } doubtful)
        {
            if (doubtful.Abandoned is { } running)
            {
                _ = CloseAfterAsync(running, doubtful);
                return;
            }

            await CloseAsync(doubtful, Task.CompletedTask).ConfigureAwait(false);
            return;
        }

        (connection as LeasedConnection)?.NoteReturn();
        await connection.Connection.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<LeasedConnection> LeaseAsync(
        RealConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            connection.Notice += _onNotice;
            var physical = _pool.PhysicalOf(connection);
            physical.Facts ??= await ServerFacts.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            return new LeasedConnection(connection, physical, physical.Facts, _pool, _pool.Traits);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Closes a connection that the driver still uses. Never throws.</summary>
    private async Task CloseAfterAsync(Task running, LeasedConnection abandoned)
    {
        try
        {
            await CloseAsync(abandoned, running).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It is not awaited, and the engine may have ended by then.
        }
    }

    private async Task CloseAsync(LeasedConnection doubtful, Task running)
    {
        // This is the driver's only way to close a physical connection: idle ones immediately, others, including this one, when
        // they are returned. The driver does the same when one breaks.
        _pool.Clear();
        try
        {
            await StopAsync(doubtful).ConfigureAwait(false);
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            await doubtful.Connection.DisposeAsync().ConfigureAwait(false);   // otherwise its slot in the driver's pool is lost
        }
    }

    public override Task ProbeAsync(CancellationToken cancellationToken) =>
        TranslateAsync(QueryAsync(PingAsync, cancellationToken));

    public override Task ProbeUnpooledAsync(CancellationToken cancellationToken) =>
        TranslateAsync(PingUnpooledAsync(cancellationToken));

    public override Task<ServerLimits?> ReadLimitsAsync(CancellationToken cancellationToken) => TranslateAsync(QueryAsync(
        (connection, token) => ServerLimitQuery.ReadAsync(connection, _pool, _poolSize, token), cancellationToken));

    public override Task<CommitOutcome> ConfirmCommitAsync(object evidence, bool wrote, CancellationToken cancellationToken) =>
        evidence is Evidence known && (known.Transaction is not null || !wrote)
            ? new OutcomeSearch(known, QueryAsync, _time).FindAsync(cancellationToken)
            : Task.FromResult(CommitOutcome.Unknown);

    public IAsyncEnumerable<PostgreSqlNotification> ListenAsync(string channel, CancellationToken cancellationToken) =>
        new ChannelListener(_besidePool.Value, _pool, channel, _logger, _time).ListenAsync(_end.Token, cancellationToken);

    public override DbConnection? CreateConnection() => _besidePool.Value.CreateConnection();

    public override bool IsDriverConfigured => _options.IsDataSourceConfigured;

    public override bool MapsEnum([DynamicallyAccessedMembers(EnumMembers)] Type type, string name)
    {
        var builder = new NpgsqlDataSourceBuilder();
        _options.Configure(_services, builder);
        return builder.UnmapEnum(type, name);   // the only way to query it
    }

    public override async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        foreach (var lazy in (Lazy<NpgsqlDataSource>[])[_besidePool, _unpooledProbe])
        {
            if (lazy.IsValueCreated)
            {
                await lazy.Value.DisposeAsync().ConfigureAwait(false);
            }
        }

        await _pool.DisposeAsync().ConfigureAwait(false);
    }

    private static NpgsqlDataSource BuildUnpooled(
        SourceSettings settings, DataSourceFactory sources, string purpose, int? timeout = null)
    {
        // The engine's session settings (a statement timeout, read-only) do not apply to set-up work.
        var wanted = PoolString.ForUnpooled(settings);
        wanted.Pooling = false;
        wanted.Timeout = timeout ?? wanted.Timeout;
        wanted.KeepAlive = wanted.KeepAlive > 0 ? wanted.KeepAlive : KeepaliveSeconds;
        return sources.Build(wanted, $"{settings.EngineName} ({purpose})", out _, out _);
    }

    /// <summary>Queries the server on a pooled connection, or on a new one if that is dead, because a connection that died
    /// while idle says nothing about the server now.</summary>
    private async Task<T> QueryAsync<T>(
        Func<RealConnection, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        for (var mayBeDead = _poolSize; ; mayBeDead--)
        {
            var connection = await _pool.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                try
                {
                    return await ask(connection, cancellationToken).ConfigureAwait(false);
                }
                catch (NpgsqlException) when (mayBeDead > 0 && connection.State != ConnectionState.Open)
                {
                    _pool.Clear();
                }
            }
        }
    }

    private async Task<T> TranslateAsync<T>(Task<T> answer)
    {
        try
        {
            return await answer.ConfigureAwait(false);
        }
        catch (Exception error) when (IsOfConnecting(error))
        {
            throw Unavailable(error);
        }
    }

    // Not from the pool, where an opening that hangs would keep a slot.
    private async Task<object?> PingUnpooledAsync(CancellationToken cancellationToken)
    {
        var connection = await _unpooledProbe.Value.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await PingAsync(connection, cancellationToken).ConfigureAwait(false);   // past a pooler
        }
    }

    private static async Task<object?> PingAsync(RealConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("select 1", connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Terminates what still runs on a connection. Closing it would wait for all of the rows.</summary>
    private async Task StopAsync(LeasedConnection doubtful)
    {
        var state = ((RealConnection)doubtful.Connection).FullState;
        if ((state & (ConnectionState.Executing | ConnectionState.Fetching)) == 0 ||
            doubtful.Backend is not (not 0 and var backend))
        {
            return;   // the driver knows no process of a closed connection
        }

        try
        {
            using var limit = new CancellationTokenSource(StopLimit, _time);
            var connection = await _pool.OpenAsync(limit.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                using var command = new NpgsqlCommand("select pg_catalog.pg_terminate_backend($1)", connection);
                command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = backend });
                await command.ExecuteNonQueryAsync(limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (
            error is NpgsqlException or SocketException or TimeoutException or OperationCanceledException)
        {
            // Best effort. Otherwise it is closed once its rows are read.
        }
    }

    public override void DropStandbyConnections() => _pool.DropStandbyConnections();

    public override void ResetPool() => _pool.ResetPool();

    private static bool IsOfConnecting(Exception error) => error is NpgsqlException or SocketException or TimeoutException;

    private DatabaseUnavailableException Unavailable(Exception error) =>
        error is DbException { SqlState: PostgresErrorCodes.TooManyConnections } || Pooler.IsFull(error)
            ? DatabaseUnavailableException.ServerFull(Server, error)
            : DatabaseUnavailableException.CannotConnect(Server, error, MeansDown(error) || IsNoPrimary(error));

    /// <summary>Returns whether there are hosts but none has the required role, as during a failover.</summary>
    private bool IsNoPrimary(Exception error) => _pool.HasHosts && error is NpgsqlException and not PostgresException;

    /// <summary>Returns whether the server does not answer or serves no connections, as opposed to rejecting this
    /// one.</summary>
    private static bool MeansDown(Exception error) => error is DbException { SqlState: { } state }
        ? state is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            || (state.StartsWith("08", StringComparison.Ordinal) && !Pooler.RefusesOptions(error))   // a pooler's code
        : error.GetBaseException() is SocketException or IOException or TimeoutException;
}
