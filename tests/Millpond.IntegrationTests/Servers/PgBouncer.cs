using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Servers;

/// <summary>A PgBouncer of the test's own before a PostgreSQL server, which lives no longer than this process.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Process _shell;

    private PgBouncer(Process shell, int port)
    {
        _shell = shell;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Starts one that logs in with the URL's user, gives clients a connection for a transaction, and takes any client.
    /// </summary>
    public static async Task<PgBouncer> StartAsync(string url, int connections)
    {
        var target = new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString(url));
        var program = PostgresPrograms.OnPath("pgbouncer") ?? "/usr/sbin/pgbouncer";
        Assert.True(File.Exists(program), "No PgBouncer to test with. Install it (Debian: sudo apt-get install -y pgbouncer).");
        var pooler = new PgBouncer(Process.Start(ClusterShell.DescribePooler(program))!, FreePort.Find());
        string[] lines =
        [
            "[databases]",
            $"* = host={target.Host} port={Text(target.Port)} user={target.Username} password={target.Password}",
            "[pgbouncer]",
            "listen_addr = 127.0.0.1",
            $"listen_port = {Text(pooler.Port)}",
            "unix_socket_dir =",
            "auth_type = any",
            "pool_mode = transaction",
            $"default_pool_size = {Text(connections)}",
            "max_client_conn = 100",
            "end",
        ];
        await pooler._shell.StandardInput.WriteAsync(string.Join('\n', lines) + "\n");
        await pooler._shell.StandardInput.FlushAsync();
        await pooler.UntilServingAsync(PostgresUrl.Database(url));
        return pooler;
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        await _shell.WaitForExitAsync(patience.Token);
        _shell.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task UntilServingAsync(string database)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                await using var connection = new NpgsqlConnection(
                    $"Host=127.0.0.1;Port={Text(Port)};Username=any;Database={database};Pooling=false");
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (watch.Elapsed < Patience)
            {
                // not yet
            }
            catch (NpgsqlException e)
            {
                _shell.StandardInput.Close();
                throw new InvalidOperationException(
                    $"PgBouncer does not serve: {e.Message}\n{await _shell.StandardOutput.ReadToEndAsync()}", e);
            }
        }
    }
}
