namespace Millpond.Compare.Measures;

/// <summary>What the clients saw.</summary>
/// <param name="Requests">How many were answered.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="P50">The median latency, in milliseconds.</param>
/// <param name="P99">The 99th percentile, in milliseconds.</param>
internal sealed record WrkResult(long Requests, double Seconds, double P50, double P99);
