using Millpond.Overload.CommandLine;
using Npgsql;

namespace Millpond.Overload.Database;

/// <summary>The PostgreSQL server of one run; it ends with this process.</summary>
internal sealed class BenchServer : IDisposable
{
    private readonly TestServer _server;

    private BenchServer(TestServer server)
    {
        var url = new Uri(server.Url);
        (_server, Port, Password) = (server, url.Port, url.UserInfo.Split(':')[1]);
        ConnectionString = new NpgsqlConnectionStringBuilder
        {
            Host = url.Host, Port = Port, Username = "postgres", Password = Password, Database = "postgres",
        }.ConnectionString;
    }

    public int Port { get; }

    /// <summary>Gets the password of its superuser.</summary>
    public string Password { get; }

    /// <summary>Gets the connection string of its superuser.</summary>
    public string ConnectionString { get; }

    /// <exception cref="BenchFailure">The server could not be started.</exception>
    public static async Task<BenchServer> StartAsync(params string[] settings)
    {
        try
        {
            return new BenchServer(await TestServer.StartAsync(settings));
        }
        catch (TestDatabaseException error)
        {
            throw new BenchFailure(error.Message);
        }
    }

    /// <summary>Stops it, gracefully or as in a crash, and starts it again.</summary>
    public async Task RestartAsync(TestServerStop mode)
    {
        await _server.StopAsync(mode);
        await _server.StartAgainAsync();
    }

    /// <summary>Stops the server and deletes its folder.</summary>
    public void Dispose() => _server.DisposeAsync().AsTask().Wait();
}
