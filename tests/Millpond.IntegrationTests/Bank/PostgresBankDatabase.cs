using System.Data.Common;
using Millpond.IntegrationTests.Servers;
using Npgsql;

namespace Millpond.IntegrationTests.Bank;

/// <summary>A database on a PostgreSQL server.</summary>
internal sealed class PostgresBankDatabase : BankDatabase
{
    private readonly PostgresServer _server;

    private PostgresBankDatabase(PostgresServer server, string url)
    {
        _server = server;
        Url = url;
    }

    public override string Url { get; }

    public override string? Password => new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString(Url)).Password;

    public static async Task<PostgresBankDatabase> CreateAsync(PostgresServer? own = null)
    {
        var server = own ?? await PostgresServer.GetAsync();
        return new PostgresBankDatabase(server, await server.CreateDatabaseAsync());
    }

    public override async ValueTask DisposeAsync() => await _server.DropDatabaseAsync(Url);

    protected override DbConnection Connect() => new NpgsqlConnection(PostgresUrl.ToUnpooled(Url));
}
