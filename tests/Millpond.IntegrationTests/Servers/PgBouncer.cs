using System.Diagnostics;
using System.Globalization;
using Millpond.Testing.Servers;
using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Servers;

/// <summary>A PgBouncer of the test's own before a PostgreSQL server, which lives no longer than this process.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly Lazy<Task<PgBouncer>> OfSessions = new(() => StartSharedAsync("session"));
    private static readonly Lazy<Task<PgBouncer>> OfTransactions = new(() => StartSharedAsync("transaction"));
    private readonly Process _shell;

    private PgBouncer(Process shell, int port)
    {
        _shell = shell;
        Port = port;
    }

    public int Port { get; }

    /// <summary>The one in <c>pool_mode = session</c> before the server that all tests of this process share.</summary>
    public static Task<PgBouncer> InSessionModeAsync() => OfSessions.Value;

    /// <summary>The one in <c>pool_mode = transaction</c> before the server that all tests of this process share.</summary>
    public static Task<PgBouncer> InTransactionModeAsync() => OfTransactions.Value;

    /// <summary>Starts one that logs in with the URL's user, and takes any client.</summary>
    /// <param name="url">Which server; the database is the client's choice.</param>
    /// <param name="connections">How many of the server's it opens for a database.</param>
    /// <param name="mode">For how long a client has one.</param>
    /// <param name="settings">More lines of its file.</param>
    public static async Task<PgBouncer> StartAsync(
        string url, int connections, string mode = "transaction", params string[] settings)
    {
        var target = new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString(url));
        var program = PostgresPrograms.OnPath("pgbouncer") ?? "/usr/sbin/pgbouncer";
        Assert.True(File.Exists(program), "No PgBouncer to test with. Install it (Debian: sudo apt-get install -y pgbouncer).");
        var pooler = new PgBouncer(
            Process.Start(ClusterShell.Describe(
                typeof(PgBouncer).Assembly, "throw-away-pooler", program, ClusterShell.Storage()))!,
            FreePort.Find());
        string[] lines =
        [
            "[databases]",
            $"* = host={target.Host} port={Text(target.Port)} user={target.Username} password={target.Password}",
            "[pgbouncer]",
            "listen_addr = 127.0.0.1",
            $"listen_port = {Text(pooler.Port)}",
            "unix_socket_dir =",
            "auth_type = any",
            $"pool_mode = {mode}",
            $"default_pool_size = {Text(connections)}",
            .. settings,
            "end",
        ];
        await pooler._shell.StandardInput.WriteAsync(string.Join('\n', lines) + "\n");
        await pooler._shell.StandardInput.FlushAsync();
        await pooler.UntilServingAsync(PostgresUrl.Database(url));
        return pooler;
    }

    /// <summary>Gives the URL of a database behind it.</summary>
    public string Before(string url) => new UriBuilder(url) { Port = Port }.Uri.AbsoluteUri;

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        await _shell.WaitForExitAsync(patience.Token);
        _shell.Dispose();
    }

    private static async Task<PgBouncer> StartSharedAsync(string mode) => await StartAsync(
        (await PostgresServer.GetAsync()).AdminUrl, 20, mode, "max_client_conn = 500", "server_idle_timeout = 1");

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
