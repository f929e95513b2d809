using Millpond.Load.CommandLine;
using Millpond.Load.Reports;
using Millpond.Overload;
using Millpond.Overload.CommandLine;
using Millpond.Overload.Database;
using Millpond.Overload.Peers;
using Millpond.Overload.Reports;
using Millpond.Overload.Services;
using Spectre.Console;

if (args is ["serve", var served])
{
    return await Service.RunAsync(served);
}

if (args.Contains("--help"))
{
    Console.WriteLine(OverloadOptions.Help);
    return 0;
}

using var interruption = new Interruption();
try
{
    var options = OverloadOptions.Read(args);
    var console = ReportConsole.Create();
    Directory.CreateDirectory(options.Folder);
    var python = options.Peers.Contains(ComparedPeers.FastApi) ? await PythonPackages.VersionsAsync(interruption.Token) : null;
    IReadOnlyList<string> missing = python is null && options.Peers.Contains(ComparedPeers.FastApi) ? [PythonPackages.Missing] : [];
    IReadOnlyList<Peer> peers =
        [.. options.Peers.Where(name => name != ComparedPeers.FastApi || python is not null).Select(ComparedPeers.Of)];
    foreach (var note in missing)
    {
        console.MarkupLineInterpolated($"[yellow]{note}[/]");
    }

    IReadOnlyList<string> share = OwnShare.TryRaise() ? []
        : ["The generator shares the cores as any other program: only root, on Linux, can give it more."];
    await using var database = await BenchDatabase.StartAsync(interruption.Token);
    var results = await new Bench(options, peers, database)
        .RunAsync(result => console.WriteLine(ResultText.Line(result)), interruption.Token);
    var report = new OverloadReport(
        results, [.. missing, .. share, .. ResultText.Notes(results)], VersionText.Of(database.Version, python ?? "no FastAPI"), options.Step);
    report.Write(console);
    report.Write(options.Folder);
    return results.Any(result => result.MoneyFault is not null) ? 1 : 0;
}
catch (UsageException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return 2;
}
catch (BenchFailure failure)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}
catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
{
    return 130;
}
