using System.Diagnostics;
using System.Globalization;

namespace Millpond.IntegrationTests.Servers;

/// <summary>
/// A PostgreSQL cluster that lives no longer than this process: a shell (throw-away-cluster.sh) makes, starts, stops and deletes
/// it, the last two also when its standard input ends, which the operating system sees to when this process is killed.
/// </summary>
internal sealed class ThrowAwayCluster : IOwnServer
{
    private static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(30);
    private readonly Process _shell;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _disposed;

    private ThrowAwayCluster(Process shell)
    {
        _shell = shell;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>Makes and starts a cluster whose superuser is <c>postgres</c> with this password.</summary>
    public static async Task<ThrowAwayCluster> StartAsync(
        string programs, int port, string password, params string[] settings) =>
        await StartAsync(ClusterShell.Describe(programs, port, settings), password);

    /// <summary>Makes and starts a copy of a running cluster, which follows it as a standby.</summary>
    public static async Task<ThrowAwayCluster> FollowAsync(string programs, int primary, int port, string password)
    {
        var shell = ClusterShell.Describe(programs, port);
        shell.Environment["MILLPOND_STANDBY_OF"] = primary.ToString(CultureInfo.InvariantCulture);
        return await StartAsync(shell, password);
    }

    public Task StartAgainAsync() => TellAsync("start");

    public Task StopAsync(PostgresStop mode) => TellAsync(mode == PostgresStop.Fast ? "fast" : "immediate");

    /// <summary>Makes a standby the primary.</summary>
    public Task PromoteAsync() => TellAsync("promote");

    private static async Task<ThrowAwayCluster> StartAsync(ProcessStartInfo shell, string password)
    {
        var cluster = new ThrowAwayCluster(Process.Start(shell)!);
        try
        {
            await cluster.TellAsync(password, "initdb");
            await cluster.TellAsync("start");
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
        _shell.WaitForExit(CleanUp);
        _shell.Dispose();
        _turn.Dispose();
    }

    private void OnProcessExit(object? sender, EventArgs e) => Dispose();

    private async Task TellAsync(string line, string? asked = null)
    {
        await _turn.WaitAsync();
        try
        {
            await _shell.StandardInput.WriteLineAsync(line);
            await _shell.StandardInput.FlushAsync();
            var said = new List<string>();
            while (await _shell.StandardOutput.ReadLineAsync() is { } answer)
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
