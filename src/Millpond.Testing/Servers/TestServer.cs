using System.Security.Cryptography;
using Millpond.Testing.Servers;

namespace Millpond;

/// <summary>The PostgreSQL server that test databases are created on.</summary>
/// <remarks>Thread-safe. It is the server that the environment variable <c>MILLPOND_TEST_POSTGRES</c> names, otherwise a
/// throw-away cluster made from the PostgreSQL programs on this machine, otherwise the one that <see
/// cref="DatabasesOptions.StartServer"/> starts. One cluster serves all databases of the process and ends with it.</remarks>
public sealed class TestServer
{
    /// <summary>The environment variable that names a server: a URL whose user may create databases.</summary>
    public const string Variable = "MILLPOND_TEST_POSTGRES";

    internal const string Instructions =
        "No PostgreSQL server to test on was found. Set " + Variable + " to the URL of a server whose user may create " +
        "databases (postgresql://user:password@host:5432/postgres), or install PostgreSQL's server programs (Debian: apt-get " +
        "install postgresql), or start a container in DatabasesOptions.StartServer.";

    private static readonly Lazy<Task<TestServer?>> Cluster = new(StartClusterAsync);
    private readonly ThrowAwayCluster? _cluster;

    private TestServer(string url, string origin, ThrowAwayCluster? cluster = null) =>
        (Url, Origin, _cluster, Address) = (url, origin, cluster, ServerAddress.Parse(url, origin));

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

    internal static async Task<TestServer> StartAsync(string programs, params string[] settings)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Find();
            var password = RandomNumberGenerator.GetHexString(24, lowercase: true);
            try
            {
                var cluster = await ThrowAwayCluster.StartAsync(programs, port, password, settings).ConfigureAwait(false);
                return new TestServer(
                    FormattableString.Invariant($"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"),
                    $"a throw-away cluster of {programs}",
                    cluster);
            }
            catch (InvalidOperationException error)
                when (attempt < 4 && error.Message.Contains("could not bind", StringComparison.Ordinal))
            {
                // Somebody else took the port since it was found free.
            }
        }
    }

    /// <summary>Keeps a throw-away server for a while after the end of this process.</summary>
    internal Task KeepAsync(TimeSpan time) => _cluster?.KeepAsync(time) ?? Task.CompletedTask;

    internal void Stop() => _cluster?.Dispose();

    private static async Task<TestServer?> StartClusterAsync() =>
        PostgresPrograms.Find() is { } programs ? await StartAsync(programs).ConfigureAwait(false) : null;
}
