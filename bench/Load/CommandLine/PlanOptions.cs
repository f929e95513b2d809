using Millpond.Load.Generation;

namespace Millpond.Load.CommandLine;

/// <summary>The options that say how much load there is and for how long.</summary>
public static class PlanOptions
{
    /// <summary>Gets their names, for <see cref="OptionReader"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["rate", "clients", "seconds", "deadline", "seed"];

    /// <summary>Reads a plan.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="rate">Arrivals a second where neither a rate nor clients are given.</param>
    /// <param name="seconds">How long where nothing else is given.</param>
    /// <exception cref="UsageException">A value is out of range, or two options contradict each other.</exception>
    public static LoadPlan ReadPlan(this OptionReader options, double rate, double seconds)
    {
        if (options.Has("rate") && options.Has("clients"))
        {
            throw new UsageException("--rate (a schedule) and --clients (each waits for its answer) exclude each other.");
        }

        var clients = options.Whole("clients", 1, 1_000);
        return new LoadPlan
        {
            Rate = options.Number("rate", 0.1, 100_000) ?? (clients is null ? rate : null),
            Clients = clients,
            Duration = options.Seconds("seconds", 0.1, 3600) ?? TimeSpan.FromSeconds(seconds),
            Deadline = options.Milliseconds("deadline", 1, 600_000),
            Seed = options.Whole("seed", 0, int.MaxValue) ?? Random.Shared.Next(),
        };
    }
}
