using System.Diagnostics;
using System.Globalization;
using Millpond.Overload.CommandLine;
using Millpond.Testing.Servers;

namespace Millpond.Overload.Peers;

/// <summary>A service in its own process, whose output goes to a file. It is killed by its id at the end.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private ServiceProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>Starts the service and waits until it responds.</summary>
    /// <param name="peer">The name and the command.</param>
    /// <param name="portSetting">The setting for the port.</param>
    /// <param name="settings">Other environment variables.</param>
    /// <param name="folder">The folder of its log.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="BenchFailure">The service does not respond.</exception>
    public static async Task<ServiceProcess> StartAsync(
        Peer peer, string portSetting, IReadOnlyDictionary<string, string> settings, string folder,
        CancellationToken cancellationToken)
    {
        var port = FreePort.Find().ToString(CultureInfo.InvariantCulture);
        var log = Path.Combine(folder, $"{peer.Name}.log");
        var start = new ProcessStartInfo("sh", ["-c", "exec setsid \"$@\" >> \"$SERVICE_LOG\" 2>&1", "sh", .. peer.Command])
        {
            RedirectStandardInput = true,   // closing it ends the service, also if this process is killed
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        start.Environment["SERVICE_LOG"] = log;
        start.Environment[portSetting] = port;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["DOTNET_gcServer"] = "1";   // the default of web applications; disabled in the generator
        var service = new ServiceProcess(Process.Start(start)!, new Uri($"http://127.0.0.1:{port}"));
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
            _process.Kill();   // immediately, because remaining work would disturb the next run
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
                // not ready yet
            }
        }
    }
}
