using Millpond.Compare;
using Millpond.Compare.CommandLine;
using Millpond.Compare.InProcess;
using Millpond.Compare.Measures;
using Millpond.Compare.Peers;
using Millpond.Compare.Reports;
using Millpond.Compare.Services;
using Millpond.Overload.CommandLine;
using Millpond.Overload.Peers;
using Millpond.Overload.Reports;

return args is ["serve", var served]
    ? await CompareService.RunAsync(served)
    : await BenchProgram.RunAsync(args, CompareOptions.Help, RunAsync);

async Task<int> RunAsync(CancellationToken cancellationToken)
{
    var options = CompareOptions.Read(args);
    Directory.CreateDirectory(options.Folder);
    var python = await PythonPackages.VersionsAsync(cancellationToken);
    using var databases = await CompareDatabases.StartAsync(options.Part is null or "postgres" or "process", cancellationToken);
    var settings = ComparedPeer.Settings(databases.ConnectionString ?? "", databases.Url, databases.File);
    var run = new CompareRun(options, settings, static line => Console.Error.WriteLine(line));
    var text = VersionText.Of(databases.Version, python ?? PythonPackages.Missing) + "\n";
    if (options.Part is null or "process")
    {
        await using var contests = new Contests(databases.ConnectionString, databases.File);
        var results = new List<ContestResult>();
        foreach (var contest in contests.All())
        {
            Console.Error.WriteLine(contest.Name);
            results.Add(await ContestRun.RunAsync(contest, options.Rounds, options.WarmUp, cancellationToken));
        }

        text += ContestTable.Of(results);
    }

    if (options.Part is null or "telemetry")
    {
        text += await TelemetryCost.RunAsync(options.Rounds, cancellationToken);
    }

    if (options.Part is null or "postgres")
    {
        var ledger = new Ledger();
        var peers = Chosen(ComparedPeer.Postgres.Where(peer => python is not null || peer.Name != ComparedPeer.FastApi));
        List<Cell> cells =
        [
            .. options.Workloads.SelectMany(
                _ => options.Clients, static (work, clients) => new Cell(work, clients, IsCold: false)),
        ];
        await run.CountTripsAsync(peers, databases.Port, ledger, cancellationToken);
        await using var relay = new RoundTripRelay(databases.Port, options.Distance);
        var far = options.Distance == TimeSpan.Zero ? run
            : new CompareRun(options, relay.Redirect(settings), static line => Console.Error.WriteLine(line));
        await far.MeasureAsync(peers, cells, new Cell(Workload.Read, 32, IsCold: true), ledger, cancellationToken);
        text += CompareReport.Tables(ledger, peers);
    }

    if (options.Part is null or "sqlite")
    {
        var ledger = new Ledger();
        var peers = Chosen(ComparedPeer.Sqlite);
        List<Cell> cells =
        [
            new(Workload.Read, 1, IsCold: false), new(Workload.Read, 64, IsCold: false),
            new(Workload.Insert, 64, IsCold: false), new(Workload.Mixed, 64, IsCold: false),
        ];
        await run.MeasureAsync(peers, cells, new Cell(Workload.Read, 64, IsCold: true), ledger, cancellationToken);
        text += "\n## SQLite\n" + CompareReport.Tables(ledger, peers);
    }

    Console.WriteLine(text);
    await File.WriteAllTextAsync(Path.Combine(options.Folder, "compare.md"), text, cancellationToken);
    return 0;

    IReadOnlyList<ComparedPeer> Chosen(IEnumerable<ComparedPeer> all)
    {
        List<ComparedPeer> known = [.. all];
        var named = known.Where(peer => options.Only.Count == 0 || options.Only.Any(peer.Name.Contains)).ToList();
        return [.. known.Where(peer => named.Contains(peer) || named.Exists(one => one.Against == peer.Name))];
    }
}
