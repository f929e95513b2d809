namespace Millpond.Compare.Measures;

/// <summary>One slice of load on one service.</summary>
/// <param name="Rate">Requests a second.</param>
/// <param name="Cpu">The service's processor time a request, in microseconds.</param>
/// <param name="P50">The median latency, in milliseconds.</param>
/// <param name="P99">The 99th percentile, in milliseconds.</param>
/// <param name="Allocated">Bytes allocated a request; NaN where the service cannot say.</param>
internal sealed record Figures(double Rate, double Cpu, double P50, double P99, double Allocated);
