using System.Diagnostics;
using System.Globalization;
using Millpond.Overload.CommandLine;
using Millpond.Testing.Servers;

namespace Millpond.Overload.Peers;

/// <summary>A service that runs, as a process of its own whose output goes to a file; killed by its id at the end.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private ServiceProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="peer">Its name and its command.</param>
    /// <param name="portSetting">Which setting tells it where to serve.</param>
    /// <param name="settings">What else its environment tells it.</param>
    /// <param name="folder">Where its log goes.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="BenchFailure">It does not answer.</exception>
    public static async Task<ServiceProcess> StartAsync(
        Peer peer, string portSetting, IReadOnlyDictionary<string, string> settings, string folder,
        CancellationToken cancellationToken)
    {
        var port = FreePort.Find().ToString(CultureInfo.InvariantCulture);
        var log = Path.Combine(folder, $"{peer.Name}.log");
        var start = new ProcessStartInfo("sh", ["-c", "exec setsid \"$@\" >> \"$SERVICE_LOG\" 2>&1", "sh", .. peer.Command])
        {
            RedirectStandardInput = true,   // its end is the service's, also when this process is killed
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        start.Environment["SERVICE_LOG"] = log;
        start.Environment[portSetting] = port;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["DOTNET_gcServer"] = "1";   // the web's default; the generator has it off
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
