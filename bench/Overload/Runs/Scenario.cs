using Millpond.Overload.Services;

namespace Millpond.Overload.Runs;

/// <summary>A load that is applied to each service.</summary>
/// <param name="Name">The name in the tables.</param>
/// <param name="Operation">The request.</param>
/// <param name="RunAsync">Applies the load to a warm service.</param>
internal sealed record Scenario(string Name, Operation Operation, Func<ScenarioRun, Task<StepResult>> RunAsync)
{
    /// <summary>Gets whether it measures the maximum transfers per second.</summary>
    public bool MeasuresRate { get; private init; }

    /// <summary>Gets whether it is a multiple of that rate.</summary>
    public bool NeedsRate { get; private init; }

    /// <summary>The maximum statements of 20 ms per second with all connections.</summary>
    public const double PoolRate = Service.Connections * 50;

    /// <summary>The load beside a burst and in a brown-out.</summary>
    public const double CalmRate = 0.6 * PoolRate;

    /// <summary>Gets the scenarios in order; a measured rate precedes its multiples.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new Scenario("closed loop", Operation.Slow, run => run.ClosedAsync(Operation.Slow, clients: 2 * Service.Connections)),
        Slow("0.5 x", 0.5),
        Slow("1 x", 1),
        Slow("1.2 x", 1.2),
        Slow("3 x", 3),
        Slow("10 x", 10),
        Burst(30),
        Burst(120),
        new Scenario("brown-out", Operation.Slow, run => run.BrownOutAsync(CalmRate)),
        new Scenario("closed loop", Operation.Transfer, run => run.ClosedAsync(Operation.Transfer, clients: 16))
        {
            MeasuresRate = true,
        },
        Transfer("0.5 x", 0.5),
        Transfer("1.2 x", 1.2),
    ];

    private static Scenario Slow(string name, double factor) =>
        new(name, Operation.Slow, run => run.OpenAsync(Operation.Slow, factor * PoolRate));

    private static Scenario Burst(int size) =>
        new(FormattableString.Invariant($"burst {size}"), Operation.Slow, run => run.BurstAsync(CalmRate, size));

    private static Scenario Transfer(string name, double factor) =>
        new(name, Operation.Transfer, run => run.OpenAsync(Operation.Transfer, factor * run.TransferRate)) { NeedsRate = true };
}
