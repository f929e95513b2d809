using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Millpond.Overload.CommandLine;
using Npgsql;

namespace Millpond.Overload.Database;

/// <summary>
/// The PostgreSQL server of one run, with the accounts and the statement whose pace the run sets. A shell holds it and deletes it
/// when its standard input ends, which the operating system sees to when this process is killed.
/// </summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    private const int Accounts = 1_000;
    private const long Each = 1_000_000;
    private const string Memory = "/dev/shm";
    private const long RoomNeeded = 1L << 30;
    private static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(30);

    private readonly Process _shell;
    private NpgsqlConnection? _connection;

    private BenchDatabase(Process shell, int port, string password)
    {
        _shell = shell;
        var text = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = port, Username = "postgres", Password = password, Database = "postgres",
        };
        ConnectionString = text.ConnectionString;
        Url = string.Create(CultureInfo.InvariantCulture, $"postgresql+asyncpg://postgres:{password}@127.0.0.1:{port}/postgres");
    }

    /// <summary>Gets where it is, for Npgsql.</summary>
    public string ConnectionString { get; }

    /// <summary>Gets where it is, for SQLAlchemy.</summary>
    public string Url { get; }

    public Version Version => _connection!.PostgreSqlVersion;

    /// <exception cref="BenchFailure">It could not be made.</exception>
    public static async Task<BenchDatabase> StartAsync(CancellationToken cancellationToken)
    {
        var port = FreePort.Find();
        var password = Guid.NewGuid().ToString("N");
        var database = new BenchDatabase(Process.Start(Describe(port))!, port, password);
        try
        {
            await database.MakeAsync(password, cancellationToken);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the statement of <c>/slow</c> so many times slower than 20 ms.</summary>
    public Task SetPaceAsync(double factor, CancellationToken cancellationToken) =>
        RunAsync(string.Create(CultureInfo.InvariantCulture, $"update pace set factor = {factor}"), cancellationToken);

    /// <summary>Gives every account the same again.</summary>
    public Task ResetAccountsAsync(CancellationToken cancellationToken) => RunAsync(
        string.Create(CultureInfo.InvariantCulture, $"update accounts set balance = {Each}, moves = 0"), cancellationToken);

    /// <summary>Says whether the accounts hold together what was put there, and how many transfers were made.</summary>
    public async Task<(bool AddsUp, double Transfers)> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select sum(balance)::bigint, sum(moves)::bigint from accounts", _connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0) == Accounts * Each, reader.GetInt64(1) / 2.0);
    }

    /// <summary>Waits until no backend works any more for a service that has ended.</summary>
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

        _shell.StandardInput.Close();
        using var limit = new CancellationTokenSource(CleanUp);
        await _shell.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _shell.Dispose();
    }

    private async Task MakeAsync(string password, CancellationToken cancellationToken)
    {
        await _shell.StandardInput.WriteLineAsync(password);
        await _shell.StandardInput.FlushAsync(cancellationToken);
        var said = new List<string>();
        while (await _shell.StandardOutput.ReadLineAsync(cancellationToken) is { } line && line != "done")
        {
            said.Add(line);
            if (line == "failed")
            {
                throw new BenchFailure($"PostgreSQL could not be started:\n{string.Join('\n', said)}");
            }
        }

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

    private static ProcessStartInfo Describe(int port)
    {
        using var text = Assembly.GetExecutingAssembly().GetManifestResourceStream("throw-away-cluster.sh")!;
        using var script = new StreamReader(text);
        string[] command =
        [
            .. PostgresPrograms.Unprivileged(), "sh", "-c", script.ReadToEnd(), "throw-away-cluster",
            PostgresPrograms.Find(), Storage(), port.ToString(CultureInfo.InvariantCulture),
        ];
        return new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = "/",   // the other user may not be allowed into ours
        };
    }

    private static string Storage() =>
        Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace >= RoomNeeded ? Memory : "/tmp";
}
