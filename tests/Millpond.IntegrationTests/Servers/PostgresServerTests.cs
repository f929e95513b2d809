using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Servers;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgresServerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_database_is_empty_and_exclusive()
    {
        var server = await PostgresServer.GetAsync();
        var urls = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.CreateDatabaseAsync(Cancelled)));

        var tables = await Task.WhenAll(urls.Select(url =>
            AskAsync(url, "create table only_here(); select count(*)::int from pg_tables where schemaname = 'public'")));

        Assert.Equal([1, 1, 1, 1], tables);
        await Task.WhenAll(urls.Select(server.DropDatabaseAsync));
    }

    [Fact]
    public async Task A_database_can_be_dropped_while_a_client_is_connected()
    {
        var server = await PostgresServer.GetAsync();
        var url = await server.CreateDatabaseAsync(Cancelled);
        await using var connection = new NpgsqlConnection(PostgresUrl.ToUnpooled(url));
        await connection.OpenAsync(Cancelled);

        await server.DropDatabaseAsync(url);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => AskAsync(url, "select 1"));
        Assert.Equal(PostgresErrorCodes.InvalidCatalogName, refusal.SqlState);
    }

    [Fact]
    public async Task Only_databases_of_the_kit_can_be_dropped()
    {
        var server = await PostgresServer.GetAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => server.DropDatabaseAsync(server.AdminUrl));
    }

    [Fact]
    public async Task Without_programs_a_proxy_before_the_named_server_can_stop_and_return()
    {
        var named = await PostgresServer.GetAsync();
        await using var server = await PostgresServer.StartOwnAsync(programs: null, named.AdminUrl);
        var url = await server.CreateDatabaseAsync(Cancelled);
        await using var open = new NpgsqlConnection(PostgresUrl.ToUnpooled(url));
        await open.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand("select 1", open);

        await server.StopAsync();
        var cut = await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync(Cancelled));
        var refused = await Assert.ThrowsAsync<NpgsqlException>(() => AskAsync(url, "select 1"));
        await server.StartAgainAsync();

        Assert.IsNotType<PostgresException>(cut);
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(refused.InnerException).SocketErrorCode);
        Assert.Equal(1, await AskAsync(url, "select 1"));
    }

    [Fact]
    public async Task A_wrong_password_is_rejected()
    {
        var server = await PostgresServer.GetAsync();
        var wrong = new UriBuilder(server.AdminUrl) { Password = "wrong" }.Uri.AbsoluteUri;

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => AskAsync(wrong, "select 1"));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    private static Task<int> AskAsync(string url, string sql) => AskAsync<int>(url, sql);

    private static async Task<T> AskAsync<T>(string url, string sql)
    {
        await using var connection = new NpgsqlConnection(PostgresUrl.ToUnpooled(url));
        await connection.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Cancelled))!;
    }
}
