using Millpond.Load.Outcomes;

namespace Millpond.Load.Reports;

/// <summary>All requests that ended in one way.</summary>
/// <param name="Outcome">How they ended.</param>
/// <param name="Count">How many.</param>
/// <param name="Latency">From the time each was due to the last byte of its answer; zero for those never sent.</param>
public sealed record OutcomeRow(Outcome Outcome, long Count, LatencySummary Latency);
