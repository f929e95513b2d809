using System.Diagnostics;
using System.Globalization;

namespace Millpond.Testing.Servers;

/// <summary>A PostgreSQL cluster that ends with this process, however it ends.</summary>
/// <remarks>A shell script (throw-away-cluster.sh) creates and starts it, and deletes it when its standard input
/// ends.</remarks>
internal sealed class ThrowAwayCluster : IDisposable
{
    private static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(30);
    private readonly Process _shell;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile bool _isKept;
    private int _disposed;

    private ThrowAwayCluster(Process shell)
    {
        _shell = shell;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>Creates and starts a cluster whose superuser is <c>postgres</c> with this password.</summary>
    public static async Task<ThrowAwayCluster> StartAsync(
        string programs, int port, string password, params string[] settings) =>
        await StartAsync(ClusterShell.DescribeCluster(programs, port, settings), password).ConfigureAwait(false);

    /// <summary>Makes and starts a copy of a running cluster, which follows it as a standby.</summary>
    public static async Task<ThrowAwayCluster> FollowAsync(string programs, int primary, int port, string password)
    {
        var shell = ClusterShell.DescribeCluster(programs, port);
        shell.Environment["MILLPOND_STANDBY_OF"] = primary.ToString(CultureInfo.InvariantCulture);
        return await StartAsync(shell, password).ConfigureAwait(false);
    }

    public Task StartAgainAsync() => SendAsync("start");

    public Task StopAsync(TestServerStop mode) => SendAsync(mode == TestServerStop.Fast ? "fast" : "immediate");

    /// <summary>Makes a standby the primary.</summary>
    public Task PromoteAsync() => SendAsync("promote");

    /// <summary>Keeps the cluster for a while after the end of this process, for inspecting a database.</summary>
    public Task KeepAsync(TimeSpan time)
    {
        _isKept = true;
        return SendAsync(string.Create(CultureInfo.InvariantCulture, $"keep {(long)time.TotalSeconds}"));
    }

    private static async Task<ThrowAwayCluster> StartAsync(ProcessStartInfo shell, string password)
    {
        var cluster = new ThrowAwayCluster(Process.Start(shell)!);
        try
        {
            await cluster.SendAsync(password, "initdb").ConfigureAwait(false);
            await cluster.SendAsync("start").ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Stops the server and deletes its folder.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        _shell.StandardInput.Close();
        _shell.WaitForExit(_isKept ? TimeSpan.Zero : CleanUp);
        _shell.Dispose();
        _turn.Dispose();
    }

    private void OnProcessExit(object? sender, EventArgs e) => Dispose();

    private async Task SendAsync(string line, string? asked = null)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await _shell.StandardInput.WriteLineAsync(line).ConfigureAwait(false);
            await _shell.StandardInput.FlushAsync().ConfigureAwait(false);
            var said = new List<string>();
            while (await _shell.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } answer)
            {
                if (answer == "done")
                {
                    return;
                }

                said.Add(answer);
                if (answer == "failed")
                {
                    break;
                }
            }

            throw new InvalidOperationException($"PostgreSQL's '{asked ?? line}' failed:\n{string.Join('\n', said)}");
        }
        finally
        {
            _turn.Release();
        }
    }
}
