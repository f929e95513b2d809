using System.Globalization;
using Millpond.Overload.CommandLine;
using Npgsql;

namespace Millpond.Overload.Database;

/// <summary>The PostgreSQL server of a run, with the accounts and the statement of adjustable speed. It ends with this
/// process.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    private const int Accounts = 1_000;
    private const long Each = 1_000_000;

    private readonly BenchServer _server;
    private NpgsqlConnection? _connection;

    private BenchDatabase(BenchServer server)
    {
        _server = server;
        Url = string.Create(
            CultureInfo.InvariantCulture,
            $"postgresql+asyncpg://postgres:{server.Password}@127.0.0.1:{server.Port}/postgres");
    }

    /// <summary>Gets the connection string for Npgsql.</summary>
    public string ConnectionString => _server.ConnectionString;

    /// <summary>Gets the URL for SQLAlchemy.</summary>
    public string Url { get; }

    public Version Version => _connection!.PostgreSqlVersion;

    /// <exception cref="BenchFailure">The server could not be started.</exception>
    public static async Task<BenchDatabase> StartAsync(CancellationToken cancellationToken)
    {
        var database = new BenchDatabase(await BenchServer.StartAsync());
        try
        {
            await database.MakeAsync(cancellationToken);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the statement of <c>/slow</c>, which takes 20 ms, slower by a factor.</summary>
    public Task SetPaceAsync(double factor, CancellationToken cancellationToken) =>
        RunAsync(string.Create(CultureInfo.InvariantCulture, $"update pace set factor = {factor}"), cancellationToken);

    /// <summary>Resets all balances.</summary>
    public Task ResetAccountsAsync(CancellationToken cancellationToken) => RunAsync(
        string.Create(CultureInfo.InvariantCulture, $"update accounts set balance = {Each}, moves = 0"), cancellationToken);

    /// <summary>Returns whether the balances add up, and how many transfers were made.</summary>
    public async Task<(bool AddsUp, double Transfers)> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select sum(balance)::bigint, sum(moves)::bigint from accounts", _connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0) == Accounts * Each, reader.GetInt64(1) / 2.0);
    }

    /// <summary>Waits until no backend works for a service that has ended.</summary>
    public async Task WaitUntilAloneAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            await using var command = new NpgsqlCommand(
                "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
                _connection);
            if ((long)(await command.ExecuteScalarAsync(cancellationToken))! == 0)
            {
                return;
            }

            await Task.Delay(50, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        await Task.Run(_server.Dispose);
    }

    private async Task MakeAsync(CancellationToken cancellationToken)
    {
        _connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await _connection.OpenAsync(cancellationToken);
        await RunAsync(
            $"""
            create table pace (factor double precision not null);
            insert into pace values (1);
            create function slow() returns void language sql as 'select pg_sleep(0.02 * (select factor from pace))';
            create table accounts (id int primary key, balance bigint not null, moves bigint not null) with (fillfactor = 50);
            insert into accounts select id, {Each}, 0 from generate_series(1, {Accounts}) id;
            """,
            cancellationToken);
    }

    private async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
