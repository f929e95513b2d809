using System.Globalization;
using Npgsql;

namespace Millpond.TestPrices;

/// <summary>The server that all ways share, and the kit's databases on it.</summary>
internal sealed class TestBench : IAsyncDisposable
{
    private static readonly DatabaseTemplate Template = DatabaseTemplate.FromSql(Schema.Postgres);

    private readonly TestServer _server;

    private TestBench(TestServer server)
    {
        _server = server;
        ConnectionString = To("postgres");
        Recycled = Databases.PostgreSql(Template, o => (o.Server, o.MaxDatabases) = (server, 4));
        One = Databases.PostgreSql(Template, o => (o.Server, o.MaxDatabases) = (server, 1));
        Fresh = Databases.PostgreSql(Template, o => (o.Server, o.MaxDatabases) = (server, 4));
        Sqlite = Databases.Sqlite(DatabaseTemplate.FromSql(Schema.Sqlite));
        Folder = Directory.CreateTempSubdirectory("millpond-prices-").FullName;
    }

    public string ConnectionString { get; }

    /// <summary>Gets databases whose reset runs in the background.</summary>
    public Databases Recycled { get; }

    /// <summary>Gets a single database: each test waits for the reset after the one before.</summary>
    public Databases One { get; }

    public Databases Fresh { get; }

    public Databases Sqlite { get; }

    /// <summary>Gets a folder for files of SQLite, in memory if the kit's are.</summary>
    public string Folder { get; }

    public static async Task<TestBench> StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new TestBench(await TestServer.StartAsync("max_connections = 200"));
    }

    /// <summary>Gets databases on a server of their own.</summary>
    public static Databases On(TestServer server) => Databases.PostgreSql(Template, o => o.Server = server);

    /// <summary>Returns the connection string of a database.</summary>
    public string To(string database, bool pooling = true)
    {
        var url = new Uri(_server.Url);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Host={url.Host};Port={url.Port};Username=postgres;Password={url.UserInfo.Split(':')[1]};" +
            $"Database={database};Pooling={pooling}");
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Recycled.DisposeAsync();
        await One.DisposeAsync();
        await Fresh.DisposeAsync();
        await Sqlite.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
