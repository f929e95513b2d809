namespace Millpond.Overload.Runs;

/// <summary>A load that each peer gets.</summary>
/// <param name="Name">As the tables show it.</param>
/// <param name="Operation">What is asked for.</param>
/// <param name="RunAsync">Puts a service that is warm under it.</param>
internal sealed record Scenario(string Name, Operation Operation, Func<ScenarioRun, Task<StepResult>> RunAsync)
{
    /// <summary>Gets whether it finds out how many transfers a second can be done.</summary>
    public bool MeasuresRate { get; private init; }

    /// <summary>Gets whether it is a multiple of that.</summary>
    public bool NeedsRate { get; private init; }

    /// <summary>What five connections can do a second with statements of 20 ms.</summary>
    public const double PoolRate = 250;

    private const double Calm = 0.6;

    /// <summary>Gets the loads in their order; a measured rate stands before its multiples.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new Scenario("closed loop", Operation.Slow, run => run.ClosedAsync(Operation.Slow, clients: 10)),
        Slow("0.5 x", 0.5),
        Slow("1 x", 1),
        Slow("1.2 x", 1.2),
        Slow("3 x", 3),
        Slow("10 x", 10),
        Burst(75),
        Burst(300),
        new Scenario("brown-out", Operation.Slow, run => run.BrownOutAsync(Calm * PoolRate)),
        new Scenario("closed loop", Operation.Transfer, run => run.ClosedAsync(Operation.Transfer, clients: 16))
        {
            MeasuresRate = true,
        },
        Transfer("0.5 x", 0.5),
        Transfer("3 x", 3),
    ];

    private static Scenario Slow(string name, double factor) =>
        new(name, Operation.Slow, run => run.OpenAsync(Operation.Slow, factor * PoolRate));

    private static Scenario Burst(int size) =>
        new(FormattableString.Invariant($"burst {size}"), Operation.Slow, run => run.BurstAsync(Calm * PoolRate, size));

    private static Scenario Transfer(string name, double factor) =>
        new(name, Operation.Transfer, run => run.OpenAsync(Operation.Transfer, factor * run.TransferRate)) { NeedsRate = true };
}
