using Millpond.Overload.CommandLine;
using Millpond.Overload.Database;
using Millpond.Overload.Peers;
using Millpond.Overload.Runs;
using Millpond.Overload.Services;

namespace Millpond.Overload;

/// <summary>Runs every scenario on every service in turn, each time on a freshly started service.</summary>
internal sealed class Bench(OverloadOptions options, IReadOnlyList<Peer> peers, BenchDatabase database)
{
    private readonly Dictionary<string, double> _transferRates = [];

    /// <summary>Runs all scenarios.</summary>
    /// <param name="ended">Called after each run.</param>
    /// <param name="cancellationToken">Cancels the bench.</param>
    public async Task<IReadOnlyList<StepResult>> RunAsync(Action<StepResult> ended, CancellationToken cancellationToken)
    {
        var results = new List<StepResult>();
        foreach (var scenario in options.Scenarios)
        {
            foreach (var peer in peers)
            {
                var result = await RunOneAsync(scenario, peer, cancellationToken);
                ended(result);
                if (result.IsVoid && options.Again)
                {
                    result = await RunOneAsync(scenario, peer, cancellationToken);
                    ended(result);
                }

                results.Add(result);
            }
        }

        return results;
    }

    private async Task<StepResult> RunOneAsync(Scenario scenario, Peer peer, CancellationToken cancellationToken)
    {
        var transfers = scenario.Operation == Operation.Transfer;
        StepResult result;
        var settings = Service.SettingsFor(database);
        await using (var service = await ServiceProcess.StartAsync(
            peer, Service.Port, settings, options.Folder, cancellationToken))
        {
            var rate = _transferRates.GetValueOrDefault(peer.Name);
            using var run = new ScenarioRun(
                scenario.Name, peer.Name, service.Address, database, options, rate, cancellationToken);
            await run.WarmUpAsync(scenario.Operation);
            if (transfers)
            {
                await database.ResetAccountsAsync(cancellationToken);
            }

            result = await scenario.RunAsync(run);
            await Task.Delay(TimeSpan.FromSeconds(transfers ? 1 : 0), cancellationToken);   // one peer commits behind its answer
        }

        await database.WaitUntilAloneAsync(cancellationToken);
        if (transfers)
        {
            result = result with { MoneyFault = await MoneyCheck.FindFaultAsync(database, result.Report, cancellationToken) };
        }

        if (scenario.MeasuresRate)
        {
            _transferRates[peer.Name] = result.Goodput;
        }

        return result;
    }
}
