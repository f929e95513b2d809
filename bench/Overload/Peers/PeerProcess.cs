using System.Diagnostics;
using System.Globalization;
using Millpond.IntegrationTests.Servers;
using Millpond.Overload.CommandLine;
using Millpond.Overload.Database;
using Millpond.Overload.Services;

namespace Millpond.Overload.Peers;

/// <summary>A service that runs, as a process of its own whose output goes to a file; killed by its id at the end.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private PeerProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <exception cref="BenchFailure">It does not.</exception>
    public static async Task<PeerProcess> StartAsync(
        Peer peer, BenchDatabase database, string folder, CancellationToken cancellationToken)
    {
        var port = FreePort.Find().ToString(CultureInfo.InvariantCulture);
        var log = Path.Combine(folder, $"{peer.Name}.log");
        var start = new ProcessStartInfo("sh", ["-c", "exec setsid \"$@\" >> \"$OVERLOAD_LOG\" 2>&1", "sh", .. peer.Command])
        {
            RedirectStandardInput = true,   // its end is the service's, also when this process is killed
        };
        start.Environment["OVERLOAD_LOG"] = log;
        start.Environment[Service.Database] = database.ConnectionString;
        start.Environment[Service.DatabaseUrl] = database.Url;
        start.Environment[Service.Port] = port;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["DOTNET_gcServer"] = "1";   // the web's default; the generator has it off
        var service = new PeerProcess(Process.Start(start)!, new Uri($"http://127.0.0.1:{port}"));
        try
        {
            await service.WaitUntilReadyAsync(cancellationToken);
            return service;
        }
        catch (Exception fault)
        {
            await service.DisposeAsync();
            cancellationToken.ThrowIfCancellationRequested();
            throw new BenchFailure($"{peer.Name} does not serve ({fault.Message}); its log is {log}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();   // at once: what it still works off would disturb the next
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = Address };
        for (var start = Stopwatch.GetTimestamp(); ; await Task.Delay(50, cancellationToken))
        {
            try
            {
                (await client.GetAsync("/ready", cancellationToken)).EnsureSuccessStatusCode().Dispose();
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited && Stopwatch.GetElapsedTime(start) < Patience)
            {
                // not yet
            }
        }
    }
}
