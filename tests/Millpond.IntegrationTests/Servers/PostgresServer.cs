using System.Collections.Concurrent;
using System.Security.Cryptography;
using Npgsql;

namespace Millpond.IntegrationTests.Servers;

/// <summary>
/// A real PostgreSQL server for tests: the one that <c>MILLPOND_TEST_POSTGRES</c> names, else a throw-away cluster made from the
/// programs on this machine. Where there is neither, the test fails and says what to do; it is never skipped.
/// </summary>
/// <remarks>Safe for use from many tests at once.</remarks>
internal sealed class PostgresServer : IAsyncDisposable
{
    public const string Variable = "MILLPOND_TEST_POSTGRES";

    private const string Instructions =
        "No PostgreSQL to test on. Install the server's programs (Debian: sudo apt-get install -y postgresql), or set " +
        Variable + " to the URL of a server whose user may create databases: postgresql://user:password@host:5432/postgres. " +
        "The tests that need none run with ./test --quick.";

    private static readonly Lazy<Task<PostgresServer>> Shared = new(StartSharedAsync);
    private readonly ConcurrentDictionary<string, byte> _databases = new();
    private readonly IOwnServer? _own;

    private PostgresServer(string adminUrl, IOwnServer? own)
    {
        AdminUrl = adminUrl;
        _own = own;
    }

    /// <summary>Gets the URL of the server's own database <c>postgres</c>, as a user who may create databases.</summary>
    public string AdminUrl { get; }

    /// <summary>Gets whether the server's files go with it; false where it only leads to the named one.</summary>
    public bool IsThrowAway => _own is ThrowAwayCluster;

    private static string? Named => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } url ? url : null;

    /// <summary>The server that all tests of this process share. Never stop it.</summary>
    public static Task<PostgresServer> GetAsync() => Shared.Value;

    /// <summary>A server of the test's own, to stop and start; dispose it.</summary>
    public static Task<PostgresServer> StartOwnAsync() => StartOwnAsync(PostgresPrograms.Find(), Named);

    public static Task<PostgresServer> StartOwnAsync(string? programs, string? named) => (programs, named) switch
    {
        ({ }, _) => StartClusterAsync(programs),
        (_, { }) => StartFrontAsync(named),
        _ => throw new InvalidOperationException(Instructions),
    };

    /// <summary>A cluster of the test's own with settings of its own, such as <c>max_connections = 20</c>; dispose it.</summary>
    public static Task<PostgresServer> StartOwnWithAsync(params string[] settings) =>
        PostgresPrograms.Find() is { } programs
            ? StartClusterAsync(programs, settings)
            : throw new InvalidOperationException(
                "This test changes a server's settings, so it needs PostgreSQL's server programs (Debian: sudo apt-get install " +
                "-y postgresql); run the others with --filter-not-trait Needs=Programs.");

    /// <summary>Makes an empty database and returns its URL.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken = default)
    {
        var name = "millpond_" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        await ExecuteAsync($"create database {name}", cancellationToken);
        _databases[name] = 0;
        return PostgresUrl.WithDatabase(AdminUrl, name);
    }

    /// <summary>Drops a database that <see cref="CreateDatabaseAsync"/> made, and ends what is still connected to it.</summary>
    public async Task DropDatabaseAsync(string url)
    {
        var name = PostgresUrl.Database(url);
        if (!_databases.TryRemove(name, out _))
        {
            throw new ArgumentException($"This server did not create a database '{name}'.", nameof(url));
        }

        await DropAsync(name);
    }

    /// <summary>Stops a server of the test's own; its port and its data stay.</summary>
    public Task StopAsync(PostgresStop mode = PostgresStop.Fast) => Own().StopAsync(mode);

    /// <summary>Starts a stopped server of the test's own again, under the same URL.</summary>
    public Task StartAgainAsync() => Own().StartAgainAsync();

    /// <summary>Stops and deletes a server of the test's own; the shared one lives as long as the process.</summary>
    public async ValueTask DisposeAsync()
    {
        var own = Own();
        if (!IsThrowAway)
        {
            await own.StartAgainAsync();
            await Task.WhenAll(_databases.Keys.Select(DropAsync));
        }

        await Task.Run(own.Dispose);
    }

    private static async Task<PostgresServer> StartSharedAsync()
    {
        if (Named is null)
        {
            var own = await StartOwnAsync();
            return new PostgresServer(own.AdminUrl, own: null);
        }

        var server = new PostgresServer(Named, own: null);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DropWhatIsLeft();
        return server;
    }

    private static async Task<PostgresServer> StartFrontAsync(string named)
    {
        var target = new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString(named));
        var front = new ServerFront(target.Host!, target.Port);
        await front.StartAgainAsync();
        return new PostgresServer(new UriBuilder(named) { Host = "127.0.0.1", Port = front.Port }.Uri.AbsoluteUri, front);
    }

    private static async Task<PostgresServer> StartClusterAsync(string programs, params string[] settings)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Find();
            var password = RandomNumberGenerator.GetHexString(24, lowercase: true);
            try
            {
                var cluster = await ThrowAwayCluster.StartAsync(programs, port, password, settings);
                return new PostgresServer($"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", cluster);
            }
            catch (InvalidOperationException e)
                when (attempt < 4 && e.Message.Contains("could not bind", StringComparison.Ordinal))
            {
                // somebody took the port between our look and the server's bind
            }
        }
    }

    private void DropWhatIsLeft()
    {
        try
        {
            Task.WhenAll(_databases.Keys.Select(DropAsync)).Wait(TimeSpan.FromSeconds(30));
        }
        catch (AggregateException e)
        {
            Console.Error.WriteLine($"Databases left on {Variable}'s server: {e.InnerException?.Message}");
        }
    }

    private Task DropAsync(string name) => ExecuteAsync($"drop database {name} with (force)", CancellationToken.None);

    private IOwnServer Own() =>
        _own ?? throw new InvalidOperationException("This server is everybody's: use PostgresServer.StartOwnAsync().");

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString(AdminUrl)) { Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
