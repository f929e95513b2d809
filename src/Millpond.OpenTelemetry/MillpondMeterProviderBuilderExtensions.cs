namespace OpenTelemetry.Metrics;

/// <summary>Adds the metrics of database engines to OpenTelemetry's metrics.</summary>
public static class MillpondMeterProviderBuilderExtensions
{
    /// <summary>Collects the metrics of Millpond's engines, and those of Npgsql.</summary>
    /// <param name="builder">The builder of <c>WithMetrics</c>.</param>
    /// <returns>The builder.</returns>
    /// <remarks>It adds the meters <c>Millpond</c> and <c>Npgsql</c>. Adding a meter twice has no effect, so
    /// <c>AddNpgsqlInstrumentation</c> may be called as well.</remarks>
    public static MeterProviderBuilder AddMillpondInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter("Millpond", "Npgsql");
    }
}
