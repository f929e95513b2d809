using System.Diagnostics;

namespace Millpond.TestPrices;

/// <summary>What many tests, or many runs of one test, take together.</summary>
internal static class Crowds
{
    /// <summary>Runs tests that all start at once on a server with 40 connections.</summary>
    public static async Task<TimeSpan> ParallelAsync(int tests, CancellationToken cancellationToken)
    {
        await using var server = await TestServer.StartAsync("max_connections = 40");
        await using var databases = TestBench.On(server);
        await (await databases.AcquireAsync(cancellationToken: cancellationToken)).DisposeAsync();   // builds the template
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, tests).Select(_ => databases.RunAsync(
            database => database.Engine.RunAsync(
                static (session, ct) => Schema.TestAsync(session.Connection, null, ct), cancellationToken: cancellationToken),
            cancellationToken: cancellationToken)));
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Sweeps a test with six round trips: five statements, the first of which also begins, and COMMIT.</summary>
    public static async Task<(int Runs, TimeSpan Time)> SweepAsync(TestBench bench, CancellationToken cancellationToken)
    {
        await using var database = await bench.Recycled.AcquireAsync(cancellationToken: cancellationToken);
        _ = database.Faults;
        var start = Stopwatch.GetTimestamp();
        var runs = await database.SweepAsync(
            token => database.Engine.RunAsync(
                static (session, ct) => Schema.RunAsync(
                    Enumerable.Range(1, 5).Select(static table => $"insert into t{table} (name) values ('ada')"),
                    session.Connection,
                    null,
                    ct),
                cancellationToken: token),
            cancellationToken: cancellationToken);
        return (runs, Stopwatch.GetElapsedTime(start));
    }
}
