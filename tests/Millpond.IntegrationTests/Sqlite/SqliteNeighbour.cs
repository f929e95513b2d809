using System.Diagnostics;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>Another process that has the same SQLite file open and does what it is told.</summary>
internal sealed class SqliteNeighbour : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    public SqliteNeighbour(string file)
    {
        // …/bin/<project>/<configuration>
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(tests.Parent!.Parent!.FullName, "Neighbour", tests.Name, "Neighbour.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, file])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
    }

    /// <summary>Executes a statement there; returns the first value of its first row.</summary>
    public async Task<string> RunAsync(string sql)
    {
        await _process.StandardInput.WriteLineAsync(sql);
        await _process.StandardInput.FlushAsync();
        var answer = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        Assert.StartsWith("ok ", answer, StringComparison.Ordinal);
        return answer!["ok ".Length..];
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does: it cleans nothing up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
