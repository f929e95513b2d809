namespace Millpond.Compare.Measures;

/// <summary>The results of a run, as seen by the clients.</summary>
/// <param name="Requests">The number of responses.</param>
/// <param name="Seconds">The duration.</param>
/// <param name="P50">The median latency, in milliseconds.</param>
/// <param name="P99">The 99th percentile, in milliseconds.</param>
internal sealed record WrkResult(long Requests, double Seconds, double P50, double P99);
