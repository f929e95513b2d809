using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Bank.Telemetry;

/// <summary>Metrics and traces of requests, sessions and statements: at <c>/metrics</c> for Prometheus, and by OTLP to the
/// collector that the standard variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names.</summary>
internal static class BankTelemetry
{
    public static void AddBankTelemetry(this WebApplicationBuilder builder)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("bank"))
            .WithMetrics(metrics => metrics.AddMillpondInstrumentation().AddAspNetCoreInstrumentation().AddPrometheusExporter());
        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            // Without a collector nobody reads spans, so none are made.
            telemetry.WithTracing(tracing => tracing.AddMillpondInstrumentation().AddAspNetCoreInstrumentation())
                .UseOtlpExporter();
        }
    }

    public static void MapBankTelemetry(this IEndpointRouteBuilder bank) =>
        bank.MapPrometheusScrapingEndpoint().WithMetadata(new HttpMethodMetadata([HttpMethods.Get])).WithoutSession();
}
