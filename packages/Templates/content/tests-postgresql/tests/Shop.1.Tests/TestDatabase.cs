using Npgsql;

namespace Shop._1.Tests;

/// <summary>A database for one test class, on the server that the environment variable TEST_POSTGRES names.</summary>
internal sealed class TestDatabase
{
    private static readonly string Server =
        Environment.GetEnvironmentVariable("TEST_POSTGRES") ?? "Host=localhost;Username=postgres;Password=postgres";

    private readonly string _name = $"shop_1_{Guid.NewGuid():n}";

    public string ConnectionString => new NpgsqlConnectionStringBuilder(Server) { Database = _name }.ConnectionString;

    public Task CreateAsync() => ExecuteAsync($"create database \"{_name}\"");

    public Task DropAsync() => ExecuteAsync($"drop database \"{_name}\" with (force)");

    private static async Task ExecuteAsync(string sql)
    {
        await using var server = NpgsqlDataSource.Create(Server);
        await using var command = server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
