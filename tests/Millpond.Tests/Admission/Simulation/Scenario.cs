namespace Millpond.Tests.Admission.Simulation;

/// <summary>What comes to a gate, and how long it stays; times in seconds.</summary>
internal sealed record Scenario
{
    public int Permits { get; init; } = 20;

    /// <summary>Gets the mean of the holds.</summary>
    public double Hold { get; init; } = 0.020;

    /// <summary>Gets how much the holds vary: their standard deviation by their mean. They are log-normal.</summary>
    public double Variation { get; init; } = 1;

    /// <summary>Gets whether the holds are exponential instead, as Erlang's formulas assume.</summary>
    public bool IsExponential { get; init; }

    /// <summary>Gets how long a client is content to wait for its answer.</summary>
    public double Patience { get; init; } = 1;

    /// <summary>Gets the time limit for a permit; by default the client's patience, which is the work's too.</summary>
    public double? PoolTimeout { get; init; }

    /// <summary>Gets whether clients leave the queue when their patience ends, of which nobody knows before.</summary>
    public bool GivesUp { get; init; }

    /// <summary>Gets the arrivals, as a share of what the permits can serve.</summary>
    public required double Load { get; init; }

    public double Duration { get; init; } = 10;

    /// <summary>Gets how many come together at the middle of the time, beside the load.</summary>
    public int Burst { get; init; }

    /// <summary>Gets how many clients there are who each come again when they were served.</summary>
    public int Crowd { get; init; }

    /// <summary>Gets from when to when every hold is longer, and how many times.</summary>
    public (double From, double To, double Factor) BrownOut { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Gets how many a second can be served at the most.</summary>
    public double Capacity => Permits / Hold;
}
