using System.Globalization;
using Millpond.Overload.CommandLine;
using Millpond.Overload.Reports;
using Millpond.TestPrices;
using Npgsql;

return await BenchProgram.RunAsync(args, PriceOptions.Help, RunAsync);

async Task<int> RunAsync(CancellationToken cancellationToken)
{
    var options = PriceOptions.Read(args);
    await using var bench = await TestBench.StartAsync(cancellationToken);
    var prices = await PriceRun.RunAsync(
        [.. Ways.OnPostgres(bench), .. Ways.OnSqlite(bench)], options, static line => Console.Error.WriteLine(line),
        cancellationToken);
    var load = File.Exists("/proc/loadavg")
        ? (await File.ReadAllTextAsync("/proc/loadavg", cancellationToken)).Split(' ')[0]
        : "?";
    await using var connection = new NpgsqlConnection(bench.ConnectionString);
    await connection.OpenAsync(cancellationToken);
    Console.WriteLine(VersionText.Of(
        connection.PostgreSqlVersion,
        $"Respawn {typeof(Respawn.Respawner).Assembly.GetName().Version?.ToString(3)}",
        $"load average {load}"));
    Console.WriteLine(PriceTable.Of(prices));
    var crowd = await Crowds.ParallelAsync(tests: 1_000, cancellationToken);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"1,000 tests at once on a server with 40 connections: {crowd.TotalSeconds:0.00} s."));
    var (runs, sweep) = await Crowds.SweepAsync(bench, cancellationToken);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"A fault sweep of a test with six round trips: {runs} runs in {sweep.TotalSeconds:0.00} s."));
    return 0;
}
