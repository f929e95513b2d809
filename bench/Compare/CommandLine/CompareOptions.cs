using System.Globalization;
using Millpond.Compare.Measures;
using Millpond.Load.CommandLine;
using Millpond.Overload.CommandLine;

namespace Millpond.Compare.CommandLine;

/// <summary>The command-line options.</summary>
internal sealed record CompareOptions
{
    public const string Help = """
        Millpond beside what a careful user writes by hand: requests a second, processor time, latency, allocation and
        round trips, each as a ratio to its peer in the same run. It starts a PostgreSQL server and the services, and
        ends all of them. It needs wrk.

          dotnet run -c Release --project bench/Compare -- [options]

          --rounds N       how often each service is measured, in turn with the others (5)
          --seconds N      how long each slice of load takes (4)
          --warm N         seconds of load on each service before anything counts (20)
          --distance MS    how far away PostgreSQL is: each round trip takes so much longer (0)
          --clients A,B    how many clients at once (1,8,32)
          --only A,B       only services with one of these in their names, and those they are measured against
          --work A,B       some of: read, insert, transfer
          --part NAME      postgres, sqlite, process or telemetry (all of them)
          --quick          two rounds of one second, hardly warm: whether it works, not how well
          --out FOLDER     where compare.md and the services' logs go (artifacts/compare)

        Exit code: 0, 1 it could not be done, 2 wrong options, 130 interrupted.
        """;

    public required int Rounds { get; init; }

    public required TimeSpan Slice { get; init; }

    public required TimeSpan WarmUp { get; init; }

    /// <summary>Gets how long a service is measured right after its start.</summary>
    public required TimeSpan Cold { get; init; }

    /// <summary>Gets how much longer each round trip to PostgreSQL takes.</summary>
    public required TimeSpan Distance { get; init; }

    public required IReadOnlyList<int> Clients { get; init; }

    public required IReadOnlyList<string> Only { get; init; }

    public required IReadOnlyList<Workload> Workloads { get; init; }

    public required string? Part { get; init; }

    public required string Folder { get; init; }

    /// <exception cref="UsageException">An option is invalid.</exception>
    public static CompareOptions Read(IReadOnlyList<string> arguments)
    {
        var options = new OptionReader(
            arguments, "rounds", "seconds", "warm", "distance", "clients", "only", "work", "part", "quick!", "out");
        var quick = options.Has("quick");
        return new CompareOptions
        {
            Rounds = options.Whole("rounds", 1, 100) ?? (quick ? 2 : 5),
            Slice = options.Seconds("seconds", 1, 600) ?? TimeSpan.FromSeconds(quick ? 1 : 4),
            WarmUp = options.Seconds("warm", 1, 600) ?? TimeSpan.FromSeconds(quick ? 1 : 20),
            Cold = TimeSpan.FromSeconds(quick ? 1 : 7),
            Distance = TimeSpan.FromMilliseconds(options.Whole("distance", 0, 1_000) ?? 0),
            Clients = [.. Split(options.Text("clients") ?? "1,8,32").Select(Count)],
            Only = [.. Split(options.Text("only") ?? "")],
            Workloads = Choose(options.Text("work")),
            Part = options.Text("part") switch
            {
                null => null,
                "postgres" or "sqlite" or "process" or "telemetry" => options.Text("part"),
                _ => throw new UsageException("--part knows postgres, sqlite, process and telemetry."),
            },
            Folder = Path.GetFullPath(options.Folder("out", BenchProgram.Results("compare"))),
        };
    }

    private static string[] Split(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static int Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= 256
            ? count
            : throw new UsageException($"--clients takes numbers from 1 to 256, not '{text}'.");

    private static IReadOnlyList<Workload> Choose(string? text)
    {
        IReadOnlyList<Workload> all = [Workload.Read, Workload.Insert, Workload.Transfer];
        var wanted = text is null ? [.. all.Select(static one => one.Name)] : Split(text);
        return Array.Find(wanted, name => all.All(one => one.Name != name)) is { } unknown
            ? throw new UsageException($"--work knows read, insert and transfer, not '{unknown}'.")
            : [.. all.Where(one => wanted.Contains(one.Name))];
    }
}
