using Millpond.Load.CommandLine;
using Millpond.Overload.Peers;
using Millpond.Overload.Runs;

namespace Millpond.Overload.CommandLine;

/// <summary>The command-line options.</summary>
internal sealed record OverloadOptions
{
    public const string Help = """
        More requests than a pool of two can serve: who still answers, and how soon. It starts a PostgreSQL server of its
        own and the services one by one, and ends all of them.

          dotnet run -c Release --project bench/Overload -- [options]

          --seconds N      how long each step of load takes (10)
          --quick          short steps and a short brown-out: whether it works, not how well
          --only A,B       some of: millpond, raw, efcore, fastapi (all of them), and millpond-1s, whose sessions
                           may take as long as its clients wait
          --load TEXT      only loads whose name has this in it: "10 x", burst, brown-out
          --again          a run that is void once more, in case another program had the machine
          --out FOLDER     where overload.md, overload.svg and the services' logs go (artifacts/overload)

        Exit code: 0, 1 it could not be done or money is missing, 2 wrong options, 130 interrupted.
        """;

    private const double QuickSeconds = 3;

    public required TimeSpan Step { get; init; }

    /// <summary>Gets the length of the brown-out. Half of it passes before, and twice as much after it.</summary>
    public required TimeSpan BrownOut { get; init; }

    public required IReadOnlyList<string> Peers { get; init; }

    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    /// <summary>Gets whether a void run is repeated once.</summary>
    public required bool Again { get; init; }

    public required string Folder { get; init; }

    /// <exception cref="UsageException">An option is invalid.</exception>
    public static OverloadOptions Read(IReadOnlyList<string> arguments)
    {
        var options = new OptionReader(arguments, "seconds", "quick!", "only", "load", "again!", "out");
        var quick = options.Has("quick");
        return new OverloadOptions
        {
            Step = options.Seconds("seconds", 2, 600) ?? TimeSpan.FromSeconds(quick ? QuickSeconds : 10),
            BrownOut = TimeSpan.FromSeconds(quick ? QuickSeconds : 10),
            Peers = Choose(options.Text("only")),
            Scenarios = Choose(options.Text("load") ?? "", Scenario.All),
            Again = options.Has("again"),
            Folder = Path.GetFullPath(options.Folder("out", BenchProgram.Results("overload"))),
        };
    }

    /// <summary>A multiple of a measured rate needs the measurement.</summary>
    private static IReadOnlyList<Scenario> Choose(string text, IReadOnlyList<Scenario> all)
    {
        List<Scenario> chosen = [.. all.Where(one => one.Name.Contains(text, StringComparison.Ordinal))];
        return chosen.Count == 0 ? throw new UsageException($"--load knows {string.Join(", ", all.Select(one => one.Name))}.")
            : [.. all.Where(one => chosen.Contains(one) || (one.MeasuresRate && chosen.Exists(it => it.NeedsRate)))];
    }

    private static IReadOnlyList<string> Choose(string? text)
    {
        if (text is null)
        {
            return ComparedPeers.Names;
        }

        var wanted = text.Split(',', StringSplitOptions.TrimEntries);
        string[] all = [.. ComparedPeers.Names, .. ComparedPeers.More];
        return wanted.FirstOrDefault(name => !all.Contains(name)) is { } unknown
            ? throw new UsageException($"--only knows {string.Join(", ", all)}, not '{unknown}'.")
            : [.. all.Where(wanted.Contains)];
    }
}
