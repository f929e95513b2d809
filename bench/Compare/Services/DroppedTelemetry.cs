using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Millpond.Compare.Services;

/// <summary>Collects metrics and spans with OpenTelemetry's SDK, in batches, and drops them instead of sending them.</summary>
internal sealed class DroppedTelemetry : IDisposable
{
    private const int MetricPeriod = 1_000;

    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    private DroppedTelemetry(MeterProvider? metrics, TracerProvider? traces) => (_metrics, _traces) = (metrics, traces);

    /// <summary>Begins to collect, until the result is disposed.</summary>
    /// <param name="metrics">Whether to collect metrics.</param>
    /// <param name="traces">Whether to collect spans.</param>
    /// <param name="driver">Whether to collect the driver's as well.</param>
    public static DroppedTelemetry Collect(bool metrics, bool traces, bool driver) => new(
        metrics ? Metrics(driver).Build() : null, traces ? Traces(driver).Build() : null);

    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }

    private static MeterProviderBuilder Metrics(bool driver)
    {
        var builder = Sdk.CreateMeterProviderBuilder()
            .AddReader(new PeriodicExportingMetricReader(new Drop<Metric>(), MetricPeriod));
        return driver ? builder.AddMillpondInstrumentation() : builder.AddMeter("Millpond");
    }

    private static TracerProviderBuilder Traces(bool driver)
    {
        var builder = Sdk.CreateTracerProviderBuilder().SetSampler(new AlwaysOnSampler())
            .AddProcessor(new BatchActivityExportProcessor(new Drop<Activity>()));
        return driver ? builder.AddMillpondInstrumentation() : builder.AddSource("Millpond");
    }

    private sealed class Drop<T> : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch)
        {
            foreach (var one in batch)
            {
                GC.KeepAlive(one);
            }

            return ExportResult.Success;
        }
    }
}
