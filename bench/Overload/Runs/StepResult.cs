using Millpond.Load.Reports;

namespace Millpond.Overload.Runs;

/// <summary>The measurements of one run of one service.</summary>
internal sealed record StepResult
{
    public required string Scenario { get; init; }

    public required string Peer { get; init; }

    public required Operation Operation { get; init; }

    /// <summary>Gets the offered requests per second; null in a closed loop.</summary>
    public required double? Offered { get; init; }

    /// <summary>Gets the successful requests per second within the deadline; in an open load after the time in which overload
    /// is detected.</summary>
    public required double Goodput { get; init; }

    /// <summary>Gets the successful requests per second before that time; null if there was none.</summary>
    public double? Early { get; init; }

    /// <summary>Gets the latency of successful requests.</summary>
    public required Percentiles? Accepted { get; init; }

    /// <summary>Gets the latency of 503 responses.</summary>
    public Percentiles? Rejection { get; init; }

    /// <summary>Gets the shares of all requests by their end.</summary>
    public IReadOnlyDictionary<RequestEnd, double> Shares { get; init; } = new Dictionary<RequestEnd, double>();

    /// <summary>Gets the generator's report; for a burst that of the underlying load.</summary>
    public required LoadReport Report { get; init; }

    /// <summary>Gets the discrepancy of the money; null if there is none or it was not checked.</summary>
    public string? MoneyFault { get; init; }

    /// <summary>Gets the losses of a burst.</summary>
    public BurstLoss? Burst { get; init; }

    /// <summary>Gets the figures of a brown-out.</summary>
    public BrownOut? BrownOut { get; init; }

    public bool IsVoid => Report.IsVoid;
}
