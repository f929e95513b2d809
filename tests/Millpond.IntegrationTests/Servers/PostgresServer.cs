using System.Collections.Concurrent;
using System.Security.Cryptography;
using Millpond.Testing.Servers;
using Npgsql;

namespace Millpond.IntegrationTests.Servers;

/// <summary>A PostgreSQL server on which tests create databases by hand: the kit's, or one of a test's own.</summary>
/// <remarks>Safe for use from many tests at once.</remarks>
internal sealed class PostgresServer : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Shared = new(StartSharedAsync);
    private readonly ConcurrentDictionary<string, byte> _databases = new();
    private readonly TestServer? _server;
    private readonly ServerFront? _front;
    private readonly bool _isShared;

    private PostgresServer(TestServer server, bool isShared = false) =>
        (AdminUrl, _server, _isShared) = (server.Url, server, isShared);

    private PostgresServer(string adminUrl, ServerFront front) => (AdminUrl, _front) = (adminUrl, front);

    /// <summary>Gets the URL of the server's own database <c>postgres</c>, as a user who may create databases.</summary>
    public string AdminUrl { get; }

    /// <summary>Gets whether the server is deleted when it is disposed; false if it only leads to the named one.</summary>
    public bool IsThrowAway => _front is null;

    /// <summary>The server that all tests of this process share.</summary>
    public static Task<PostgresServer> GetAsync() => Shared.Value;

    /// <summary>A server of the test's own, to stop and start; dispose it.</summary>
    public static Task<PostgresServer> StartOwnAsync() =>
        StartOwnAsync(PostgresPrograms.Find(), Environment.GetEnvironmentVariable(TestServer.Variable));

    /// <summary>Starts a cluster, or a front of the named server where there are no programs for that.</summary>
    public static async Task<PostgresServer> StartOwnAsync(string? programs, string? named) =>
        programs is null && named is { Length: > 0 } ? StartFront(named)
            : new PostgresServer(await TestServer.StartOwnAsync(programs, []));

    /// <summary>A cluster of the test's own with settings of its own, such as <c>max_connections = 20</c>; dispose it.</summary>
    public static async Task<PostgresServer> StartOwnWithAsync(params string[] settings) =>
        new(await TestServer.StartAsync(settings));

    /// <summary>Makes an empty database and returns its URL.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken = default)
    {
        var name = "millpond_" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        await ExecuteAsync($"create database {name}", cancellationToken);
        _databases[name] = 0;
        return PostgresUrl.WithDatabase(AdminUrl, name);
    }

    /// <summary>Drops a database that <see cref="CreateDatabaseAsync"/> made, and ends what is still connected to it.</summary>
    public Task DropDatabaseAsync(string url)
    {
        var name = PostgresUrl.Database(url);
        return _databases.ContainsKey(name) ? DropAsync(name)
            : throw new ArgumentException($"This server did not create a database '{name}'.", nameof(url));
    }

    /// <summary>Stops a server of the test's own; its port and its data stay.</summary>
    public async Task StopAsync(TestServerStop mode = TestServerStop.Fast)
    {
        _front?.Dispose();
        await (_server?.StopAsync(mode) ?? Task.CompletedTask);
    }

    /// <summary>Starts a stopped server of the test's own again, under the same URL.</summary>
    public async Task StartAgainAsync()
    {
        _front?.Start();
        await (_server?.StartAgainAsync() ?? Task.CompletedTask);
    }

    /// <summary>Stops and deletes a server of the test's own; the shared one lives as long as the process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_front is not null)
        {
            _front.Start();
            await Task.WhenAll(_databases.Keys.Select(DropAsync));
            _front.Dispose();
        }

        await (_server?.DisposeAsync() ?? default);
    }

    private static async Task<PostgresServer> StartSharedAsync()
    {
        var found = await TestServer.FindAsync();
        var server = new PostgresServer(found, isShared: true);
        if (!found.IsThrowAway)
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DropWhatIsLeft();
        }

        return server;
    }

    private static PostgresServer StartFront(string named)
    {
        var target = new Uri(named);
        var front = new ServerFront(target.Host, target.Port > 0 ? target.Port : 5432);
        front.Start();
        return new PostgresServer(new UriBuilder(named) { Host = "127.0.0.1", Port = front.Port }.Uri.AbsoluteUri, front);
    }

    private void DropWhatIsLeft()
    {
        try
        {
            Task.WhenAll(_databases.Keys.Select(DropAsync)).Wait(TimeSpan.FromSeconds(30));
        }
        catch (AggregateException e)
        {
            Console.Error.WriteLine($"Databases left on {TestServer.Variable}'s server: {e.InnerException?.Message}");
        }
    }

    /// <remarks>Without <c>with (force)</c>, which sleeps for 100 ms if somebody is connected.</remarks>
    private async Task DropAsync(string name)
    {
        await using var connection = await OpenAsync(CancellationToken.None);
        await using var end = new NpgsqlCommand(
            $"select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = '{name}'", connection);
        while (await end.ExecuteScalarAsync() is long and > 0)
        {
            await Task.Delay(1);
        }

        await using var drop = new NpgsqlCommand($"drop database if exists {name}", connection);
        await drop.ExecuteNonQueryAsync();
        _databases.TryRemove(name, out _);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        // Those of a test's own server would not survive its restart.
        var connection = new NpgsqlConnection(
            _isShared ? PostgresUrl.ToConnectionString(AdminUrl) : PostgresUrl.ToUnpooled(AdminUrl));
        await connection.OpenAsync(cancellationToken);
        return connection;
    }
}
