using Millpond.Load.Reports;
using Millpond.Overload;
using Millpond.Overload.CommandLine;
using Millpond.Overload.Database;
using Millpond.Overload.Peers;
using Millpond.Overload.Reports;
using Millpond.Overload.Services;
using Spectre.Console;

return args is ["serve", var served]
    ? await Service.RunAsync(served)
    : await BenchProgram.RunAsync(args, OverloadOptions.Help, RunAsync);

async Task<int> RunAsync(CancellationToken cancellationToken)
{
    var options = OverloadOptions.Read(args);
    var console = ReportConsole.Create();
    Directory.CreateDirectory(options.Folder);
    var asksPython = options.Peers.Contains(ComparedPeers.FastApi);
    var python = asksPython ? await PythonPackages.VersionsAsync(cancellationToken) : null;
    IReadOnlyList<string> missing = python is null && asksPython ? [PythonPackages.Missing] : [];
    IReadOnlyList<Peer> peers =
        [.. options.Peers.Where(name => name != ComparedPeers.FastApi || python is not null).Select(ComparedPeers.Of)];
    foreach (var note in missing)
    {
        console.MarkupLineInterpolated($"[yellow]{note}[/]");
    }

    IReadOnlyList<string> share = OwnShare.TryRaise() ? []
        : ["The generator shares the cores as any other program: only root, on Linux, can give it more."];
    await using var database = await BenchDatabase.StartAsync(cancellationToken);
    var results = await new Bench(options, peers, database)
        .RunAsync(result => console.WriteLine(ResultText.Line(result)), cancellationToken);
    var report = new OverloadReport(
        results,
        [.. missing, .. share, .. ResultText.Notes(results)],
        VersionText.Of(database.Version, python ?? "no FastAPI"),
        options.Step);
    report.Write(console);
    report.Write(options.Folder);
    return results.Any(result => result.MoneyFault is not null) ? 1 : 0;
}
