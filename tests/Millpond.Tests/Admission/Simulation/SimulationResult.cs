using System.Globalization;
using Millpond.Admission;

namespace Millpond.Tests.Admission.Simulation;

/// <summary>The result of a simulation.</summary>
internal sealed class SimulationResult(Scenario scenario, List<Visit> visits, GateSnapshot left)
{
    /// <summary>Gets the gate at its end.</summary>
    public GateSnapshot AtEnd => left;

    /// <summary>Gets how many were rejected.</summary>
    public int TurnedAway => visits.Count(visit => !visit.Served && double.IsFinite(visit.Left));

    public int TurnedAwayOfBurst => visits.Count(visit => visit is { OfBurst: true, Served: false });

    /// <summary>Returns how many per second were served within their patience.</summary>
    public double Goodput(double from = 0, double to = double.PositiveInfinity)
    {
        var end = Math.Min(to, scenario.Duration);
        return visits.Count(visit => IsGood(visit) && visit.Left >= from && visit.Left < end) / (end - from);
    }

    public double GoodShare(double from, double to) =>
        visits.Count(visit => IsGood(visit) && In(visit, from, to)) / (double)visits.Count(visit => In(visit, from, to));

    /// <summary>Returns a percentile of the accepted clients' latency, of those that arrived after a moment.</summary>
    public double Accepted(double share, double from = 0) =>
        Percentile(visits.Where(visit => visit.Served && visit.Came >= from).Select(static visit => visit.Took), share);

    /// <summary>Returns a percentile of the waits for permits.</summary>
    public double Waited(double share) =>
        Percentile(visits.Where(static visit => visit.Served).Select(static visit => visit.Waited), share);

    /// <summary>Returns a percentile of the time until a rejection, of those that arrived after a moment.</summary>
    public double Told(double share, double from) =>
        Percentile(
            visits.Where(visit => !visit.Served && double.IsFinite(visit.Left) && visit.Came >= from)
                .Select(static visit => visit.Took),
            share);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"load {scenario.Load}, hold {scenario.Hold * 1000} ms cv {scenario.Variation}, {scenario.Permits} permits: goodput " +
        $"{Goodput(2) / scenario.Capacity:0.000} of the capacity, accepted p50 {Accepted(.5, 2) * 1000:0} p99 " +
        $"{Accepted(.99, 2) * 1000:0} ms, told p50 {Told(.5, 2) * 1000:0} p99 {Told(.99, 2) * 1000:0} ms, {TurnedAway} of " +
        $"{visits.Count} turned away, {TurnedAwayOfBurst} of the burst");

    private static bool In(Visit visit, double from, double to) => visit.Came >= from && visit.Came < to;

    private static double Percentile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }

    private bool IsGood(Visit visit) => visit.Served && visit.Took <= scenario.Patience;
}
