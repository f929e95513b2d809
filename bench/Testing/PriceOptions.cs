using Millpond.Load.CommandLine;

namespace Millpond.TestPrices;

/// <summary>The command-line options.</summary>
internal sealed record PriceOptions(int Rounds, bool IsQuick)
{
    public const string Help = """
        What a database for a test costs: each level of Millpond.Testing beside what people do without it. It starts
        PostgreSQL servers and ends them.

          dotnet run -c Release --project bench/Testing -- [options]

          --rounds N       how often each way is measured, in turn with the others (10)
          --quick          two rounds with a tenth of the tests: whether it works, not how well

        Exit code: 0, 1 it could not be done, 2 wrong options, 130 interrupted.
        """;

    /// <exception cref="UsageException">An option is invalid.</exception>
    public static PriceOptions Read(IReadOnlyList<string> arguments)
    {
        var options = new OptionReader(arguments, "rounds", "quick!");
        var quick = options.Has("quick");
        return new PriceOptions(options.Whole("rounds", 1, 100) ?? (quick ? 2 : 10), quick);
    }
}
