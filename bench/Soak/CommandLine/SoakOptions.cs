using Millpond.Load.CommandLine;
using Millpond.Overload.CommandLine;
using Millpond.Soak.Faults;

namespace Millpond.Soak.CommandLine;

/// <summary>The command-line options.</summary>
internal sealed record SoakOptions
{
    public const string Help = """
        A service under mixed load for minutes, while its database, its network and its neighbours fail at random: whether
        memory, files, threads and connections stay flat, and the money is right. It starts a PostgreSQL server of its own,
        the service, and a network that fails between them, and ends all of them.

          dotnet run -c Release --project bench/Soak -- [options]

          --minutes N      how long the load and the faults last, 0.2 to 240 (10); below 2 growth is shown and not judged
          --seed N         the same requests, and the same faults in the same order (any; it is shown)
          --faults TEXT    only faults whose name has this in it: network, server
          --out FOLDER     where soak.md, soak.csv (every second) and the service's log go (artifacts/soak)

        Exit code: 0, 1 something leaked, grew, was answered wrong or too late, money is wrong, or it could not be done,
        2 wrong options, 130 interrupted.
        """;

    /// <summary>In shorter runs, a cache that fills looks like a leak.</summary>
    private static readonly TimeSpan LeastToJudge = TimeSpan.FromMinutes(2);

    public required TimeSpan Length { get; init; }

    public required int Seed { get; init; }

    public required IReadOnlyList<Fault> Faults { get; init; }

    public required string Folder { get; init; }

    /// <summary>Gets whether the run is long enough to detect growth.</summary>
    public bool JudgesGrowth => Length >= LeastToJudge;

    /// <exception cref="UsageException">An option is invalid.</exception>
    public static SoakOptions Read(IReadOnlyList<string> arguments)
    {
        var options = new OptionReader(arguments, "minutes", "seed", "faults", "out");
        return new SoakOptions
        {
            Length = TimeSpan.FromMinutes(options.Number("minutes", 0.2, 240) ?? 10),
            Seed = options.Whole("seed", 0, int.MaxValue) ?? Random.Shared.Next(),
            Faults = Choose(options.Text("faults") ?? ""),
            Folder = Path.GetFullPath(options.Folder("out", BenchProgram.Results("soak"))),
        };
    }

    private static List<Fault> Choose(string text)
    {
        List<Fault> chosen = [.. Fault.All.Where(fault => fault.Name.Contains(text, StringComparison.Ordinal))];
        return chosen.Count > 0 ? chosen
            : throw new UsageException($"--faults knows {string.Join("; ", Fault.All.Select(fault => fault.Name))}.");
    }
}
