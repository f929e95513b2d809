using System.Diagnostics;
using System.Globalization;
using Millpond.Benchmarks.Fakes;
using Millpond.Compare.Services;

namespace Millpond.Compare.InProcess;

/// <summary>Measures what collecting metrics and spans costs a session, over a driver that does nothing.</summary>
/// <remarks>In slices of a millisecond, each side in turn. Their fastest tenths are compared, because whatever disturbs a slice
/// makes it slower.</remarks>
internal static class TelemetryCost
{
    private const int Sessions = 500;
    private const int SlicesPerRound = 40;

    private static readonly (string Name, bool Metrics, bool Traces)[] Sides =
    [
        ("off", false, false),
        ("metrics", true, false),
        ("metrics and spans", true, true),
    ];

    public static async Task<string> RunAsync(int rounds, CancellationToken cancellationToken)
    {
        await using var engine = DbEngine.Create(static options => options.UseProvider(new IdleProvider(), "idle:it"));
        for (var turn = 0; turn < SlicesPerRound; turn++)
        {
            await TurnAsync(engine, cancellationToken);   // compiles, in two tiers
        }

        var turns = new List<double[]>();
        for (var turn = 0; turn < rounds * SlicesPerRound; turn++)
        {
            turns.Add(await TurnAsync(engine, cancellationToken));
        }

        var off = Fast(turns, 0);
        const string Head = "\n| a session with one command, over an idle driver | µs | beyond off |\n| --- | --- | --- |\n";
        return Head + string.Concat(
            Sides.Select((side, place) => string.Create(
                CultureInfo.InvariantCulture,
                $"| {side.Name} | {Fast(turns, place):0.00} | {Fast(turns, place) - off:+0.00;-0.00;0} |\n")));
    }

    private static double Fast(List<double[]> turns, int place)
    {
        double[] sorted = [.. turns.Select(turn => turn[place]).Order()];
        return sorted[sorted.Length / 10];
    }

    /// <summary>Runs a slice of each side; returns its time per session, in microseconds.</summary>
    private static async Task<double[]> TurnAsync(DbEngine engine, CancellationToken cancellationToken)
    {
        var times = new double[Sides.Length];
        for (var place = 0; place < Sides.Length; place++)
        {
            var (_, metrics, traces) = Sides[place];
            using var collected = DroppedTelemetry.Collect(metrics, traces, driver: false);
            await RunAsync(engine, Sessions / 10, cancellationToken);
            var before = Stopwatch.GetTimestamp();
            await RunAsync(engine, Sessions, cancellationToken);
            times[place] = Stopwatch.GetElapsedTime(before).TotalMicroseconds / Sessions;
        }

        return times;
    }

    private static async Task RunAsync(DbEngine engine, int sessions, CancellationToken cancellationToken)
    {
        for (var i = 0; i < sessions; i++)
        {
            await engine.RunAsync(
                static async (session, token) =>
                {
                    await using var command = session.Connection.CreateCommand();
                    command.CommandText = "update accounts set balance = balance + 1 where id = 1";
                    await command.ExecuteNonQueryAsync(token);
                },
                cancellationToken: cancellationToken);
        }
    }
}
