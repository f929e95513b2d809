using Millpond.Load.Reports;

namespace Millpond.Overload.Runs;

/// <summary>What one run of one peer measured.</summary>
internal sealed record StepResult
{
    public required string Scenario { get; init; }

    public required string Peer { get; init; }

    public required Operation Operation { get; init; }

    /// <summary>Gets how many requests a second were due; null in a closed loop.</summary>
    public required double? Offered { get; init; }

    /// <summary>Gets how many a second were done within the deadline; in an open load from the time on at which it has shown what
    /// it is.</summary>
    public required double Goodput { get; init; }

    /// <summary>Gets how many a second were done before that; null: there was no such time.</summary>
    public double? Early { get; init; }

    /// <summary>Gets how long those took that were done.</summary>
    public required Percentiles? Accepted { get; init; }

    /// <summary>Gets how long the answer 503 took.</summary>
    public Percentiles? Rejection { get; init; }

    /// <summary>Gets the shares of all requests, by how they ended.</summary>
    public IReadOnlyDictionary<RequestEnd, double> Shares { get; init; } = new Dictionary<RequestEnd, double>();

    /// <summary>Gets the generator's report; of a burst that of the load beneath it.</summary>
    public required LoadReport Report { get; init; }

    /// <summary>Gets what is wrong with the money; null: nothing, or it was not looked at.</summary>
    public string? MoneyFault { get; init; }

    /// <summary>Gets how many of a burst were lost.</summary>
    public BurstLoss? Burst { get; init; }

    /// <summary>Gets the numbers of a brown-out.</summary>
    public BrownOut? BrownOut { get; init; }

    public bool IsVoid => Report.IsVoid;
}
