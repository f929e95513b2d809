using Millpond.Testing.Clones;
using Npgsql;

namespace Millpond.Testing.Tests.Servers;

/// <summary>A server with settings of a test's own.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    private OwnServer(TestServer server) => Server = server;

    public TestServer Server { get; }

    public static async Task<OwnServer> StartAsync(params string[] settings) => new(await TestServer.StartAsync(settings));

    public Databases Databases(
        string schema, ICollection<string> output, int? max = null, int maxKept = 10, string? url = null,
        TimeSpan? timeout = null) =>
        new(
            new DatabasesOptions
            {
                MaxDatabases = max,
                AcquireTimeout = timeout ?? TimeSpan.FromMinutes(2),
                MaxKept = maxKept,
                KeepServerFor = TimeSpan.Zero,
                Output = output.Add,
            },
            hasSandbox: true,
            async (options, token) => await PostgresStore.OpenAsync(
                url is null ? Server : await TestServer.FindAsync(url, null!, null, token),
                DatabaseTemplate.FromSql(schema), options, token));

    public async Task<object?> ReadAsync(string sql, string database = "postgres")
    {
        await using var source = NpgsqlDataSource.Create(Server.Address.For(database).ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Kit.Token);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
