using System.Globalization;
using Millpond.Overload.CommandLine;
using Millpond.Overload.Database;
using Millpond.Soak.Service;
using Npgsql;

namespace Millpond.Soak.Database;

/// <summary>The PostgreSQL server of a run, with the books. The service logs in as an ordinary user. Faults are caused by the
/// superuser, on short-lived connections, because the server is stopped now and then.</summary>
internal sealed class SoakDatabase : IDisposable
{
    public const int Accounts = 500;
    public const long Total = Accounts * Each;

    private const string Crowd = "crowd";
    private const string Bookkeeper = "soak";
    private const long Each = 1_000_000;
    private const int MaxConnections = 30;

    private readonly BenchServer _server;

    private SoakDatabase(BenchServer server) => _server = server;

    public int Port => _server.Port;

    public Version Version { get; private set; } = new();

    /// <exception cref="BenchFailure">The server could not be started.</exception>
    public static async Task<SoakDatabase> StartAsync(CancellationToken cancellationToken)
    {
        var database = new SoakDatabase(await BenchServer.StartAsync(Invariant($"max_connections = {MaxConnections}")));
        try
        {
            await database.MakeAsync(cancellationToken);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Returns the service's connection string, with the port of the proxy.</summary>
    public string ServiceConnection(int port) => As(Bookkeeper, port).ConnectionString;

    /// <summary>Opens a connection as one of the other clients that block the service.</summary>
    public Task<NpgsqlConnection> JoinCrowdAsync(CancellationToken cancellationToken) =>
        OpenAsync(As(Crowd, Port), cancellationToken);

    /// <summary>Opens a connection as the superuser.</summary>
    public Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        OpenAsync(new NpgsqlConnectionStringBuilder(_server.ConnectionString), cancellationToken);

    public async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Terminates backends of the service.</summary>
    /// <param name="most">The maximum number.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    public Task KillAsync(int most, CancellationToken cancellationToken) => RunAsync(
        Invariant($"""
            select pg_terminate_backend(pid) from
            (select pid from pg_stat_activity where usename = '{Bookkeeper}' order by random() limit {most}) those
            """),
        cancellationToken);

    /// <summary>Makes the slow statement slower by a factor.</summary>
    public Task SetPaceAsync(double factor, CancellationToken cancellationToken) =>
        RunAsync(Invariant($"update pace set factor = {factor}"), cancellationToken);

    /// <summary>Stops the server, gracefully or as in a crash, and starts it again.</summary>
    public Task RestartAsync(TestServerStop mode) => _server.RestartAsync(mode);

    /// <summary>Counts the service's connections.</summary>
    /// <returns>Null if the server is down.</returns>
    public async Task<int?> CountConnectionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand(
                $"select count(*)::int from pg_stat_activity where usename = '{Bookkeeper}'", connection);
            return (int?)await command.ExecuteScalarAsync(cancellationToken);
        }
        catch (NpgsqlException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Reads all transfers, and how the balances match them.</summary>
    public async Task<Books> ReadBooksAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        List<Transfer> transfers = [];
        await using (var command = new NpgsqlCommand("select key, payer, payee, amount from transfers", connection))
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                transfers.Add(new Transfer(reader.GetGuid(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3)));
            }
        }

        await using var sums = new NpgsqlCommand(
            Invariant($"""
                with moves as (
                    select account, sum(much) as much from (
                        select payer as account, -amount as much from transfers
                        union all select payee, amount from transfers) each
                    group by account)
                select sum(balance)::bigint, count(*) filter (where balance <> {Each} + coalesce(much, 0))
                from accounts left join moves on account = id
                """),
            connection);
        await using var row = await sums.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new Books(transfers, row.GetInt64(0), row.GetInt64(1));
    }

    public void Dispose() => _server.Dispose();

    private static async Task<NpgsqlConnection> OpenAsync(
        NpgsqlConnectionStringBuilder where, CancellationToken cancellationToken)
    {
        where.Pooling = false;
        var connection = new NpgsqlConnection(where.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private NpgsqlConnectionStringBuilder As(string user, int port) => new(_server.ConnectionString)
    {
        Username = user, Port = port, SslMode = SslMode.Disable, GssEncryptionMode = GssEncryptionMode.Disable,
    };

    /// <summary>No constraint prevents duplicate transfers, so the service has to.</summary>
    private async Task MakeAsync(CancellationToken cancellationToken)
    {
        await RunAsync(
            $"""
            create role {Bookkeeper} login password '{_server.Password}';
            create role {Crowd} login password '{_server.Password}';
            create table pace (factor double precision not null);
            insert into pace values (1);
            create function slow(seconds double precision) returns void language sql
                as 'select pg_sleep(seconds * (select factor from pace))';
            create table accounts (id int primary key, balance bigint not null) with (fillfactor = 50);
            insert into accounts select id, {Each} from generate_series(1, {Accounts}) id;
            create table transfers (
                id bigint generated always as identity primary key,
                key uuid not null, payer int not null, payee int not null, amount int not null);
            grant select, insert, update on pace, accounts, transfers to {Bookkeeper};
            """,
            cancellationToken);
        await using var connection = await OpenAsync(cancellationToken);
        Version = connection.PostgreSqlVersion;
    }
}
