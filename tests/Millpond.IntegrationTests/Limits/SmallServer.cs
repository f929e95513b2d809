using System.Diagnostics;
using System.Globalization;
using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Limits;

/// <summary>A cluster of 20 connections, three of them reserved, one held by the test: 16 are left to ordinary roles.</summary>
public sealed class SmallServer : IAsyncLifetime
{
    private PostgresServer? _server;
    private NpgsqlConnection? _admin;
    private int _roles;

    internal PostgresServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresServer.StartOwnWithAsync("max_connections = 20", "superuser_reserved_connections = 3");
        _admin = await OpenAsync(_server.AdminUrl);
    }

    public async ValueTask DisposeAsync()
    {
        await (_admin?.DisposeAsync() ?? default);
        await (_server?.DisposeAsync() ?? default);
    }

    /// <summary>Makes a database and a role with its password, and waits until nobody but the test's administrator is left.
    /// </summary>
    /// <returns>The URL of the database as that role.</returns>
    public async Task<string> CreateAsync(string attributes = "", int databaseLimit = -1)
    {
        var url = await Server.CreateDatabaseAsync();
        var role = $"role{++_roles}";
        await ExecuteAsync($"create role {role} login password 'pw' {attributes}");
        await ExecuteAsync($"alter database {PostgresUrl.Database(url)} owner to {role}");
        await ExecuteAsync($"alter database {PostgresUrl.Database(url)} connection limit {Text(databaseLimit)}");
        await UntilAsync(1);
        return AsRole(url, role);
    }

    public static string AsRole(string url, string role) =>
        new UriBuilder(url) { UserName = role, Password = "pw" }.Uri.AbsoluteUri;

    public static string Role(string url) => new Uri(url).UserInfo.Split(':')[0];

    public static string Database(string url) => PostgresUrl.Database(url);

    public static async Task<NpgsqlConnection> OpenAsync(string url)
    {
        var connection = new NpgsqlConnection(PostgresUrl.ToUnpooled(url));
        await connection.OpenAsync();
        return connection;
    }

    public async Task<long> ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _admin);
        return await command.ExecuteScalarAsync() as long? ?? 0;
    }

    /// <summary>Counts the clients, the test's administrator included.</summary>
    public Task<long> ClientsAsync() =>
        ExecuteAsync("select count(*) from pg_stat_activity where backend_type = 'client backend'");

    /// <summary>Waits until so many clients are left; a connection that was closed takes a moment to go.</summary>
    public async Task UntilAsync(long clients)
    {
        for (var watch = Stopwatch.StartNew(); await ClientsAsync() != clients; await Task.Delay(20))
        {
            Assert.True(
                watch.Elapsed < TimeSpan.FromSeconds(30), $"{await ClientsAsync()} clients are there, not {clients}.");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
