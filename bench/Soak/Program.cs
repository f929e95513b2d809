using Millpond.Load.Reports;
using Millpond.Overload.CommandLine;
using Millpond.Overload.Reports;
using Millpond.Soak;
using Millpond.Soak.CommandLine;
using Millpond.Soak.Database;
using Millpond.Soak.Reports;
using Millpond.Soak.Service;
using Spectre.Console;

return args is ["serve", BookService.Name]
    ? await BookService.RunAsync()
    : await BenchProgram.RunAsync(args, SoakOptions.Help, RunAsync);

async Task<int> RunAsync(CancellationToken cancellationToken)
{
    var options = SoakOptions.Read(args);
    var console = ReportConsole.Create();
    Directory.CreateDirectory(options.Folder);
    console.WriteLine(FormattableString.Invariant($"Seed {options.Seed}."));
    using var database = await SoakDatabase.StartAsync(cancellationToken);
    var result = await new Soak(options, database, console.WriteLine).RunAsync(cancellationToken);
    var report = new SoakReport(result, options, VersionText.Of(database.Version));
    report.Write(console);
    report.Write(options.Folder);
    return report.IsGood ? 0 : 1;
}
