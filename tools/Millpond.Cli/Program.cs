using Millpond.Cli;
using Millpond.Cli.Doctor;
using Millpond.Cli.Size;
using Millpond.Cli.Top;
using Spectre.Console;
using Spectre.Console.Cli;

if (Console.IsOutputRedirected)
{
    AnsiConsole.Profile.Width = short.MaxValue;   // scripts read whole lines
}

using var end = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    end.Cancel();
};
var app = new CommandApp();
app.Configure(static config =>
{
    config.SetApplicationName("millpond");
    config.UseAssemblyInformationalVersion();
    config.UseStrictParsing();
    config.AddCommand<SizeCommand>("size")
        .WithDescription("How many connections a load needs.")
        .WithExample("size", "--rate", "300", "--hold", "20ms", "--wait", "10ms");
    config.AddCommand<DoctorCommand>("doctor")
        .WithDescription("Checks a database and a pool. Exit code: 0 fine, 1 problem found, 2 wrong usage or unreachable.")
        .WithExample("doctor", "postgresql://bank@localhost/bank", "--pool", "10", "--overflow", "5", "--workers", "4");
    config.AddCommand<TopCommand>("top")
        .WithDescription("Shows the numbers of a service's live page, and refreshes them.")
        .WithExample("top", "http://localhost:5080/millpond");
    config.SetExceptionHandler(static (error, _) => Failure.Report(error));
});
return await app.RunAsync(args, end.Token);
