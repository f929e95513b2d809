using Millpond.Soak.Database;
using Millpond.Soak.Faults;
using Millpond.Soak.Load;
using Millpond.Soak.Service;

namespace Millpond.Soak.Resources;

/// <summary>Samples the service every second.</summary>
internal sealed class Sampler(Uri address, SoakDatabase database, Clients clients) : IDisposable
{
    private const int CollectEvery = 3;   // calm samples: a full collection pauses the service briefly

    /// <summary>The clients close connections after 2 s of idling, and check for them every second.</summary>
    private static readonly TimeSpan ClientsGone = TimeSpan.FromSeconds(4);

    private readonly HttpClient _http = new() { BaseAddress = address, Timeout = Clients.LongestWait };
    private readonly List<ResourceSample> _samples = [];

    public IReadOnlyList<ResourceSample> Samples => _samples;

    /// <summary>Gets how often the service did not respond within the longest acceptable wait.</summary>
    public int Missed { get; private set; }

    /// <summary>Samples until it is stopped.</summary>
    public async Task RunAsync(FaultDriver faults, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            for (var calm = 0; await timer.WaitForNextTickAsync(stop);)
            {
                calm += faults.IsCalm ? 1 : 0;
                await TryLookAsync(faults, faults.IsCalm && calm % CollectEvery == 0, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // stopped
        }
    }

    /// <summary>Takes a sample while there is no load.</summary>
    public Task<ResourceSample> LookAsync(CancellationToken cancellationToken) =>
        LookAsync(isCalm: true, collect: true, cancellationToken);

    /// <summary>Waits until the service holds nothing and its overflow connections are closed.</summary>
    /// <returns>The last sample, after half a minute at most.</returns>
    public async Task<ResourceSample> DrainAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(ClientsGone, cancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            var now = await LookAsync(cancellationToken);
            if (attempt == 30 || (Holds(now) == 0 && now.Connections <= BookService.PoolSize))
            {
                return now;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    private static int Holds(ResourceSample sample) => sample.State.InUse + sample.State.Waiting + sample.State.Holders;

    private async Task TryLookAsync(FaultDriver faults, bool collect, CancellationToken stop)
    {
        try
        {
            var isCalm = faults.IsCalm;
            var sample = await LookAsync(isCalm, collect, stop);
            _samples.Add(sample with { IsCalm = isCalm && faults.IsCalm });   // a fault may have begun in the meantime
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException && !stop.IsCancellationRequested)
        {
            Missed++;
        }
    }

    private async Task<ResourceSample> LookAsync(bool isCalm, bool collect, CancellationToken cancellationToken)
    {
        var state = await _http.GetFromJsonAsync<ServiceState>(
            $"{StateEndpoint.Path}?collect={collect}", cancellationToken);
        return new ResourceSample(
            clients.Elapsed, isCalm, state!, await database.CountConnectionsAsync(cancellationToken));
    }
}
