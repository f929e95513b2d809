using Millpond.Compare.CommandLine;
using Millpond.Compare.Measures;
using Millpond.Compare.Peers;
using Millpond.Compare.Services;
using Millpond.Overload.Peers;

namespace Millpond.Compare;

/// <summary>Measures services right after their start, warms them up, and measures them in turn.</summary>
internal sealed class CompareRun(CompareOptions options, IReadOnlyDictionary<string, string> settings, Action<string> says)
{
    private const int Counted = 20;

    /// <summary>Measures the services in turn, round by round.</summary>
    /// <param name="peers">The services.</param>
    /// <param name="cells">The workloads, each measured on every service.</param>
    /// <param name="cold">The workload after the start.</param>
    /// <param name="ledger">Receives the figures.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public async Task MeasureAsync(
        IReadOnlyList<ComparedPeer> peers,
        IReadOnlyList<Cell> cells,
        Cell cold,
        Ledger ledger,
        CancellationToken cancellationToken)
    {
        await MeasureColdAsync(peers, cold, ledger, cancellationToken);
        IReadOnlyList<Workload> workloads = [.. cells.Select(static cell => cell.Workload).Distinct()];
        var warmUp = TimeSpan.FromSeconds(Math.Ceiling(options.WarmUp.TotalSeconds / workloads.Count));
        var running = new List<RunningPeer>();
        try
        {
            foreach (var peer in peers)
            {
                running.Add(await StartAsync(peer, settings, cancellationToken));
            }

            foreach (var one in running)
            {
                says($"warming {one.Peer.Name}");
                foreach (var workload in workloads.Where(one.Peer.Does))
                {
                    await one.MeasureAsync(workload, 32, warmUp, cancellationToken);
                }
            }

            for (var round = 1; round <= options.Rounds; round++)
            {
                foreach (var cell in cells)
                {
                    says($"round {round} of {options.Rounds}: {cell.Title}");
                    foreach (var one in running.Where(one => one.Peer.Does(cell.Workload)))
                    {
                        ledger.Add(
                            cell,
                            one.Peer.Name,
                            await one.MeasureAsync(cell.Workload, cell.Clients, options.Slice, cancellationToken));
                    }
                }
            }
        }
        finally
        {
            foreach (var one in running)
            {
                await one.DisposeAsync();
            }
        }
    }

    /// <summary>Counts the round trips per request of each service, through a relay before the database.</summary>
    public async Task CountTripsAsync(
        IReadOnlyList<ComparedPeer> peers, int databasePort, Ledger ledger, CancellationToken cancellationToken)
    {
        foreach (var peer in peers)
        {
            await using var relay = new RoundTripRelay(databasePort);
            await using var one = await StartAsync(peer, relay.Redirect(settings), cancellationToken);
            foreach (var workload in options.Workloads.Where(peer.Does))
            {
                await one.AskAsync(workload, Counted, cancellationToken);   // opens, and prepares where that is wanted
                var before = relay.Trips;
                await one.AskAsync(workload, Counted, cancellationToken);
                await Task.Delay(100, cancellationToken);   // one of the services commits after its response
                ledger.AddTrips(workload, peer.Name, (relay.Trips - before) / (double)Counted);
            }
        }
    }

    private async Task MeasureColdAsync(
        IReadOnlyList<ComparedPeer> peers, Cell cold, Ledger ledger, CancellationToken cancellationToken)
    {
        for (var round = 1; round <= Math.Min(3, options.Rounds); round++)
        {
            says($"round {round}: {cold.Title}");
            foreach (var peer in peers)
            {
                await using var one = await StartAsync(peer, settings, cancellationToken);
                ledger.Add(
                    cold, peer.Name, await one.MeasureAsync(cold.Workload, cold.Clients, options.Cold, cancellationToken));
            }
        }
    }

    private async Task<RunningPeer> StartAsync(
        ComparedPeer peer, IReadOnlyDictionary<string, string> given, CancellationToken cancellationToken) => new(
        peer,
        await ServiceProcess.StartAsync(peer.ToPeer(), CompareService.Port, given, options.Folder, cancellationToken),
        options.Folder);
}
