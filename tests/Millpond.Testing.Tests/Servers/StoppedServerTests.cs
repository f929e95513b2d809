using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace Millpond.Testing.Tests.Servers;

/// <summary>Servers of a test's own, which it stops and starts.</summary>
[Trait("Needs", "PostgreSQL")]
[Trait("Needs", "Programs")]
public sealed class StoppedServerTests
{
    [Theory]
    [InlineData(TestServerStop.Fast)]
    [InlineData(TestServerStop.Immediate)]
    public async Task A_private_server_can_be_stopped_and_restarted_with_its_data(TestServerStop mode)
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(7, await ReadAsync(server, "create table kept as select 7 as n; select n from kept"));

        await server.StopAsync(mode);
        var refusal = await Assert.ThrowsAsync<NpgsqlException>(() => ReadAsync(server, "select 1"));
        await server.StartAgainAsync();

        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(refusal.InnerException).SocketErrorCode);
        Assert.Equal(7, await ReadAsync(server, "select n from kept"));
    }

    [Fact]
    public async Task A_standby_follows_and_becomes_the_primary()
    {
        await using var primary = await TestServer.StartAsync("wal_level = replica", "max_wal_senders = 2", "hot_standby = on");
        await ReadAsync(primary, "create table kept as select 7 as n");
        await using var standby = await primary.StartStandbyAsync();
        Assert.Equal(true, await ReadAsync(standby, "select pg_is_in_recovery()"));

        await primary.StopAsync();
        await standby.PromoteAsync();

        Assert.Equal(8, await ReadAsync(standby, "update kept set n = 8 returning n"));
    }

    [Fact]
    public async Task A_disposed_server_leaves_no_folder_and_no_listener()
    {
        var server = await TestServer.StartAsync();
        var folder = Path.GetDirectoryName(Assert.IsType<string>(await ReadAsync(server, "show data_directory")));
        var existed = Directory.Exists(folder);

        await server.DisposeAsync();

        Assert.True(existed);
        Assert.False(Directory.Exists(folder));
        await Assert.ThrowsAsync<NpgsqlException>(() => ReadAsync(server, "select 1"));
    }

    [Fact]
    public async Task The_shared_server_cannot_be_stopped_by_a_test()
    {
        var servers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => TestServer.FindAsync(cancellationToken: Kit.Token))));
        var shared = Assert.Single(servers.DistinctBy(static server => server.Url));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => shared.StopAsync());
        await shared.DisposeAsync();

        Assert.StartsWith("This server is not the test's own: other tests use it.", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await ReadAsync(shared, "select 1"));
    }

    [Fact]
    public async Task An_invalid_setting_is_reported_in_the_words_of_the_server()
    {
        var error = await Assert.ThrowsAsync<TestDatabaseException>(() => TestServer.StartAsync("max_connections = many"));

        Assert.StartsWith("A PostgreSQL server could not be started. ", error.Message, StringComparison.Ordinal);
        Assert.Contains("max_connections", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Databases_can_be_created_on_a_server_of_the_tests_own()
    {
        await using var server = await TestServer.StartAsync();
        await using var databases = Databases.PostgreSql(DatabaseTemplate.FromSql(Kit.Schema), o => o.Server = server);
        await using var db = await databases.AcquireAsync();

        Assert.Equal(new Uri(server.Url).Port, await db.ReadAsync<int>("select current_setting('port')::int"));
    }

    private static async Task<object?> ReadAsync(TestServer server, string sql)
    {
        var address = server.Address.For(server.Address.Database);
        address.Pooling = false;
        await using var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync(Kit.Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Kit.Token);
    }
}
