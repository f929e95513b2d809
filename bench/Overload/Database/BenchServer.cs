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

    /// <summary>Gets its superuser's.</summary>
    public string Password { get; }

    /// <summary>Gets where it is, for its superuser.</summary>
    public string ConnectionString { get; }

    /// <exception cref="BenchFailure">It could not be made.</exception>
    public static async Task<BenchServer> StartAsync(params string[] settings)
    {
        try
        {
            return new BenchServer(await TestServer.StartAsync(settings));
        }
        catch (Exception error) when (error is TestDatabaseException or InvalidOperationException)
        {
            throw new BenchFailure(error.Message);
        }
    }

    /// <summary>Stops it, in order or as in a crash, and starts it again.</summary>
    public async Task RestartAsync(TestServerStop mode)
    {
        await _server.StopAsync(mode);
        await _server.StartAgainAsync();
    }

    /// <summary>Stops it and deletes its folder.</summary>
    public void Dispose() => _server.DisposeAsync().AsTask().Wait();
}
