using Millpond.Load.CommandLine;
using Millpond.Load.Generation;
using Millpond.Load.Outcomes;
using Millpond.Load.Reports;

if (args.Length == 0 || args.Contains("--help"))
{
    Console.WriteLine(GeneratorOptions.Help);
    return 0;
}

GeneratorOptions options;
try
{
    options = GeneratorOptions.Read(args);
}
catch (UsageException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return 2;
}

using var interruption = new Interruption();
using var target = new HttpTarget(options.Address);
var generator = new LoadGenerator(options.Plan, async (_, cancellationToken) =>
{
    var request = new HttpRequestMessage(options.Method, options.Address);
    if (options.Body is not null)
    {
        request.Content = new ByteArrayContent(options.Body);
        request.Content.Headers.ContentType = options.Type;
    }

    return (await target.SendAsync(request, cancellationToken)).Outcome;
});

LoadReport report;
if (options.Json)
{
    report = await generator.RunAsync(interruption.Token);
    Console.WriteLine(LoadJson.Write(report));
}
else
{
    var console = ReportConsole.Create();
    report = await console.ShowAsync(generator, options.Plan, interruption.Token);
    console.WriteLoad(report);
}

return report switch
{
    { Interrupted: true } => 130,
    { IsVoid: true } => 3,
    _ => report.Count(OutcomeKind.Done) > 0 ? 0 : 1,
};
