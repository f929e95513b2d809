namespace Millpond.Tests.Admission.Simulation;

/// <summary>The load of a gate; times in seconds.</summary>
internal sealed record Scenario
{
    public int Permits { get; init; } = 20;

    /// <summary>Gets the mean of the holds.</summary>
    public double Hold { get; init; } = 0.020;

    /// <summary>Gets the coefficient of variation of the holds, which are log-normal.</summary>
    public double Variation { get; init; } = 1;

    /// <summary>Gets whether the holds are exponential instead, as Erlang's formulas assume.</summary>
    public bool IsExponential { get; init; }

    /// <summary>Gets how long a client waits for its response.</summary>
    public double Patience { get; init; } = 1;

    /// <summary>Gets the time limit for a permit; by default the client's patience, which then covers the work too.</summary>
    public double? PoolTimeout { get; init; }

    /// <summary>Gets whether clients leave the queue when their patience ends, unknown to the gate.</summary>
    public bool GivesUp { get; init; }

    /// <summary>Gets the arrivals, as a share of what the permits can serve.</summary>
    public required double Load { get; init; }

    public double Duration { get; init; } = 10;

    /// <summary>Gets the size of a burst in the middle of the run, in addition to the load.</summary>
    public int Burst { get; init; }

    /// <summary>Gets the number of closed-loop clients.</summary>
    public int Crowd { get; init; }

    /// <summary>Gets the time in which every hold is longer, and the factor.</summary>
    public (double From, double To, double Factor) BrownOut { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Gets the maximum number of requests served per second.</summary>
    public double Capacity => Permits / Hold;
}
