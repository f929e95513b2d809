using Millpond.IntegrationTests.Servers;
using Millpond.Overload.CommandLine;
using Npgsql;

namespace Millpond.Overload.Database;

/// <summary>The PostgreSQL server of one run; it goes with this process.</summary>
internal sealed class BenchServer : IDisposable
{
    private readonly ThrowAwayCluster _cluster;

    private BenchServer(ThrowAwayCluster cluster, int port, string password)
    {
        (_cluster, Port, Password) = (cluster, port, password);
        ConnectionString = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = port, Username = "postgres", Password = password, Database = "postgres",
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
        var programs = PostgresPrograms.Find()
            ?? throw new BenchFailure("PostgreSQL's server is missing: apt-get install -y postgresql");
        var port = FreePort.Find();
        var password = Guid.NewGuid().ToString("N");
        try
        {
            return new BenchServer(await ThrowAwayCluster.StartAsync(programs, port, password, settings), port, password);
        }
        catch (InvalidOperationException error)
        {
            throw new BenchFailure(error.Message);
        }
    }

    /// <summary>Stops it, in order or as in a crash, and starts it again.</summary>
    public async Task RestartAsync(PostgresStop mode)
    {
        await _cluster.StopAsync(mode);
        await _cluster.StartAgainAsync();
    }

    /// <summary>Stops it and deletes its folder.</summary>
    public void Dispose() => _cluster.Dispose();
}
