namespace Millpond.Compare.Measures;

/// <summary>The figures of one slice of load on one service.</summary>
/// <param name="Rate">Requests per second.</param>
/// <param name="Cpu">The service's CPU time per request, in microseconds.</param>
/// <param name="P50">The median latency, in milliseconds.</param>
/// <param name="P99">The 99th percentile, in milliseconds.</param>
/// <param name="Allocated">Bytes allocated per request; NaN if the service does not report them.</param>
internal sealed record Figures(double Rate, double Cpu, double P50, double P99, double Allocated);
