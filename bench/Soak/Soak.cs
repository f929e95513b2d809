using Millpond.Load.Reports;
using Millpond.Overload.CommandLine;
using Millpond.Overload.Peers;
using Millpond.Soak.CommandLine;
using Millpond.Soak.Database;
using Millpond.Soak.Faults;
using Millpond.Soak.Load;
using Millpond.Soak.Money;
using Millpond.Soak.Resources;
using Millpond.Soak.Service;

namespace Millpond.Soak;

/// <summary>A whole run: warm-up, load and faults, draining, and the audit.</summary>
internal sealed class Soak(SoakOptions options, SoakDatabase database, Action<string> tell)
{
    /// <summary>Requests per second. Clients, service, network and database share the machine, and none of them should
    /// starve.</summary>
    public const double Rate = 100;

    private const double GentleRate = 20;   // code that is compiled during requests is slow

    private static readonly TimeSpan GentleWarmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    /// <exception cref="BenchFailure">The service ended.</exception>
    public async Task<SoakResult> RunAsync(CancellationToken cancellationToken)
    {
        await using var network = FaultProxy.Start("127.0.0.1", database.Port);
        var settings = new Dictionary<string, string> { [BookService.Database] = database.ServiceConnection(network.Port) };
        await using var service = await ServiceProcess.StartAsync(
            Peer.Own(BookService.Name), BookService.Port, settings, options.Folder, cancellationToken);
        using var clients = new Clients(service.Address, options.Seed);
        using var sampler = new Sampler(service.Address, database, clients);
        try
        {
            return await RunAsync(new FaultScene(database, network, clients), sampler, cancellationToken);
        }
        catch (Exception fault) when (service.HasExited)
        {
            throw new BenchFailure($"The service ended ({fault.Message}); its log is in {options.Folder}.");
        }
    }

    private async Task<SoakResult> RunAsync(FaultScene scene, Sampler sampler, CancellationToken cancellationToken)
    {
        var clients = scene.Clients;
        await clients.MixAsync(GentleRate, GentleWarmUp, cancellationToken);
        await clients.MixAsync(Rate, WarmUp, cancellationToken);
        await clients.CrowdAsync(NeighbourFaults.Crowd, cancellationToken);
        var before = await sampler.DrainAsync(cancellationToken);
        var start = clients.Elapsed;
        tell(FormattableString.Invariant($"Warm. {Rate:N0} requests a second for {options.Length.TotalMinutes:0.##} minutes."));

        var faults = new FaultDriver(
            scene, FaultPlan.Make(options.Seed, options.Faults), fault => tell(ResultLine(fault)));
        var load = await UnderLoadAsync();
        var after = await sampler.DrainAsync(cancellationToken);
        return new SoakResult
        {
            Requests = [.. clients.Records.Where(record => record.Began >= start)],
            Faults = faults.Records,
            Growth = [.. Measure.All.Select(measure => GrowthRow.Of(measure, before, sampler.Samples, after))],
            Samples = sampler.Samples,
            Missed = sampler.Missed,
            After = after,
            Money = MoneyAudit.Make(clients.Records, await database.ReadBooksAsync(cancellationToken)),
            Load = load,
        };

        async Task<LoadReport> UnderLoadAsync()
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var sampling = sampler.RunAsync(faults, stop.Token);
            var loading = clients.MixAsync(Rate, options.Length, stop.Token);
            var failing = faults.RunAsync(start + options.Length, stop.Token);
            try
            {
                await await Task.WhenAny(failing, sampling);   // sampling ends only with an error
                var report = await loading;
                cancellationToken.ThrowIfCancellationRequested();
                return report;
            }
            finally
            {
                await stop.CancelAsync();
                await Task.WhenAll(sampling, loading, failing)
                    .ContinueWith(static _ => { }, TaskScheduler.Default);   // the cause is known already
            }
        }
    }

    private static string ResultLine(FaultRecord fault) => FormattableString.Invariant(
        $"{fault.Began.TotalSeconds,6:0.0} s  {fault.Fault.Name}, {(fault.Ended - fault.Began).TotalSeconds:0.0} s; ")
        + "answered again "
        + (fault.FirstAnswer is { } time ? FormattableString.Invariant($"after {time.TotalMilliseconds:N0} ms") : "never");
}
