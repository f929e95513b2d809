using Millpond.Load.CommandLine;
using Millpond.Load.Reports;
using Millpond.Overload.CommandLine;
using Millpond.Overload.Peers;
using Millpond.Overload.Reports;
using Millpond.Soak;
using Millpond.Soak.CommandLine;
using Millpond.Soak.Database;
using Millpond.Soak.Reports;
using Millpond.Soak.Service;
using Spectre.Console;

if (args is ["serve", BookService.Name])
{
    return await BookService.RunAsync();
}

if (args.Contains("--help"))
{
    Console.WriteLine(SoakOptions.Help);
    return 0;
}

using var interruption = new Interruption();
try
{
    var options = SoakOptions.Read(args);
    var console = ReportConsole.Create();
    Directory.CreateDirectory(options.Folder);
    OwnShare.TryRaise();
    console.WriteLine(FormattableString.Invariant($"Seed {options.Seed}."));
    using var database = await SoakDatabase.StartAsync(interruption.Token);
    var result = await new Soak(options, database, console.WriteLine).RunAsync(interruption.Token);
    var report = new SoakReport(result, options, VersionText.Of(database.Version));
    report.Write(console);
    report.Write(options.Folder);
    return report.IsGood ? 0 : 1;
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
