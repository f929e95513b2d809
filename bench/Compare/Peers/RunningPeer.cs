using System.Globalization;
using Millpond.Compare.Measures;
using Millpond.Overload.Peers;

namespace Millpond.Compare.Peers;

/// <summary>A running service and its measurements.</summary>
internal sealed class RunningPeer(ComparedPeer peer, ServiceProcess process, string folder) : IAsyncDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = process.Address };

    public ComparedPeer Peer => peer;

    /// <summary>Measures it under load.</summary>
    public async Task<Figures> MeasureAsync(
        Workload workload, int clients, TimeSpan time, CancellationToken cancellationToken)
    {
        var (cpu, allocated) = (ProcessTime.Microseconds(process.Id), await AllocatedAsync(cancellationToken));
        var seen = await WrkRun.RunAsync(process.Address, workload, clients, time, folder, cancellationToken);
        var (cpuAfter, allocatedAfter) = (ProcessTime.Microseconds(process.Id), await AllocatedAsync(cancellationToken));
        var requests = seen.Requests > 0 ? seen.Requests : double.NaN;   // none if it was just started
        return new Figures(
            seen.Requests / seen.Seconds,
            (cpuAfter - cpu) / requests,
            seen.P50,
            seen.P99,
            (allocatedAfter - allocated) / requests);
    }

    /// <summary>Sends requests one after the other.</summary>
    public async Task AskAsync(Workload workload, int times, CancellationToken cancellationToken)
    {
        for (; times > 0; times--)
        {
            using var request = new HttpRequestMessage(new HttpMethod(workload.Method), workload.Path);
            (await _client.SendAsync(request, cancellationToken)).EnsureSuccessStatusCode().Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await process.DisposeAsync();
    }

    private async Task<double> AllocatedAsync(CancellationToken cancellationToken) => peer.TellsAllocations
        ? double.Parse(await _client.GetStringAsync("/allocated", cancellationToken), CultureInfo.InvariantCulture)
        : double.NaN;
}
