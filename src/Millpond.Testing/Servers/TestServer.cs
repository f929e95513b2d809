using System.Globalization;
using System.Security.Cryptography;
using Millpond.Testing.Servers;

namespace Millpond;

/// <summary>The PostgreSQL server that test databases are created on.</summary>
/// <remarks>Thread-safe. It is the server that the environment variable <c>MILLPOND_TEST_POSTGRES</c> names, otherwise a
/// throw-away cluster made from the PostgreSQL programs on this machine, otherwise the one that <see
/// cref="DatabasesOptions.StartServer"/> starts. One cluster serves all databases of the process and ends with it. A test that
/// stops a server, or needs other settings, starts one of its own with <see cref="StartAsync"/>.</remarks>
public sealed class TestServer : IAsyncDisposable
{
    /// <summary>The environment variable that names a server: a URL whose user may create databases.</summary>
    public const string Variable = "MILLPOND_TEST_POSTGRES";

    internal const string Instructions =
        "No PostgreSQL server to test on was found. Set " + Variable + " to the URL of a server whose user may create " +
        "databases (postgresql://user:password@host:5432/postgres), or install PostgreSQL's server programs (Debian: apt-get " +
        "install postgresql), or start a container in DatabasesOptions.StartServer.";

    private const string NoPrograms =
        "A server of the test's own needs PostgreSQL's server programs (Debian: apt-get install postgresql).";

    private static readonly Lazy<Task<TestServer?>> Cluster = new(StartSharedAsync);
    private readonly ThrowAwayCluster? _cluster;
    private readonly string _programs;
    private readonly bool _isOwn;

    private TestServer(
        string url, string origin, ThrowAwayCluster? cluster = null, string programs = "", bool isOwn = false)
    {
        (Url, Origin, Address) = (url, origin, ServerAddress.Parse(url, origin));
        (_cluster, _programs, _isOwn) = (cluster, programs, isOwn);
    }

    /// <summary>Gets its address, with the password.</summary>
    public string Url { get; }

    /// <summary>Gets where the address came from.</summary>
    public string Origin { get; }

    /// <summary>Gets whether the server ends with this process.</summary>
    public bool IsThrowAway => _cluster is not null;

    internal ServerAddress Address { get; }

    /// <summary>Finds the server, and starts one if need be.</summary>
    /// <param name="start">Starts a server and returns its address, where there is no other; null: nothing does.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The server.</returns>
    /// <exception cref="TestDatabaseException">There is none. The message says how to provide one.</exception>
    public static Task<TestServer> FindAsync(
        Func<CancellationToken, Task<string>>? start = null, CancellationToken cancellationToken = default) =>
        FindAsync(Environment.GetEnvironmentVariable(Variable), () => Cluster.Value, start, cancellationToken);

    /// <summary>Starts a server for one test, which can stop it and start it again. Its files are in memory where that is
    /// possible.</summary>
    /// <param name="settings">Lines of <c>postgresql.conf</c>, such as <c>max_connections = 20</c>.</param>
    /// <returns>The server. Disposing it stops and deletes it, and so does the end of the process.</returns>
    /// <exception cref="TestDatabaseException">PostgreSQL's server programs are not installed, or the server does not start,
    /// such as with an invalid setting.</exception>
    public static Task<TestServer> StartAsync(params string[] settings) =>
        StartOwnAsync(PostgresPrograms.Find(), settings);

    /// <summary>Starts a server that follows this one as a standby.</summary>
    /// <returns>The standby, which is another server of the test's own.</returns>
    /// <remarks>This server needs the settings <c>wal_level = replica</c> and <c>max_wal_senders</c>.</remarks>
    /// <exception cref="InvalidOperationException">This server was not started by <see cref="StartAsync"/>.</exception>
    public Task<TestServer> StartStandbyAsync()
    {
        _ = Own();
        var (primary, password) = (Address.For(Address.Database).Port, Address.For(Address.Database).Password!);
        return StartClusterAsync(
            _programs, password, port => ThrowAwayCluster.FollowAsync(_programs, primary, port, password), isOwn: true);
    }

    /// <summary>Makes a standby the primary.</summary>
    /// <returns>A task that completes when it accepts writes.</returns>
    /// <inheritdoc cref="StopAsync" path="/exception"/>
    public Task PromoteAsync() => Own().PromoteAsync();

    /// <summary>Stops the server. Its port and its data remain.</summary>
    /// <param name="mode">How.</param>
    /// <returns>A task that completes when it has stopped.</returns>
    /// <exception cref="InvalidOperationException">The server was not started by <see cref="StartAsync"/>: other tests use
    /// it.</exception>
    public Task StopAsync(TestServerStop mode = TestServerStop.Fast) => Own().StopAsync(mode);

    /// <summary>Starts a stopped server again, under the same address.</summary>
    /// <returns>A task that completes when it accepts connections.</returns>
    /// <inheritdoc cref="StopAsync" path="/exception"/>
    public Task StartAgainAsync() => Own().StartAgainAsync();

    /// <summary>Stops and deletes a server of the test's own. A shared server remains.</summary>
    /// <returns>A task that completes when it is deleted.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_isOwn)
        {
            await Task.Run(_cluster!.Dispose).ConfigureAwait(false);
        }
    }

    internal static async Task<TestServer> FindAsync(
        string? named,
        Func<Task<TestServer?>> startCluster,
        Func<CancellationToken, Task<string>>? start,
        CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(named))
        {
            return new TestServer(named, Variable);
        }

        if (await startCluster().WaitAsync(cancellationToken).ConfigureAwait(false) is { } cluster)
        {
            return cluster;
        }

        return start is null
            ? throw new TestDatabaseException(Instructions)
            : new TestServer(await start(cancellationToken).ConfigureAwait(false), "DatabasesOptions.StartServer");
    }

    internal static Task<TestServer> StartOwnAsync(string? programs, string[] settings) => programs is null
        ? throw new TestDatabaseException(NoPrograms)
        : StartClusterAsync(programs, settings, isOwn: true);

    /// <summary>Keeps a throw-away server running for a while after the end of this process.</summary>
    internal Task KeepAsync(TimeSpan time) => _cluster?.KeepAsync(time) ?? Task.CompletedTask;

    private static async Task<TestServer?> StartSharedAsync() =>
        PostgresPrograms.Find() is { } programs
            ? await StartClusterAsync(programs, [], isOwn: false).ConfigureAwait(false)
            : null;

    private static Task<TestServer> StartClusterAsync(string programs, string[] settings, bool isOwn)
    {
        var password = RandomNumberGenerator.GetHexString(24, lowercase: true);
        return StartClusterAsync(
            programs, password, port => ThrowAwayCluster.StartAsync(programs, port, password, settings), isOwn);
    }

    private static async Task<TestServer> StartClusterAsync(
        string programs, string password, Func<int, Task<ThrowAwayCluster>> start, bool isOwn)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Find();
            try
            {
                var cluster = await start(port).ConfigureAwait(false);
                return new TestServer(
                    string.Create(CultureInfo.InvariantCulture, $"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"),
                    $"a throw-away cluster of {programs}",
                    cluster,
                    programs,
                    isOwn);
            }
            catch (InvalidOperationException error)
                when (attempt < 4 && error.Message.Contains("could not bind", StringComparison.Ordinal))
            {
                // Another process has taken the port in the meantime.
            }
            catch (InvalidOperationException error)
            {
                throw new TestDatabaseException($"A PostgreSQL server could not be started. {error.Message}", error);
            }
        }
    }

    private ThrowAwayCluster Own() => _isOwn
        ? _cluster!
        : throw new InvalidOperationException(
            "This server is not the test's own: other tests use it. Start one with TestServer.StartAsync().");
}
