namespace OpenTelemetry.Trace;

/// <summary>Adds the spans of database sessions to OpenTelemetry's tracing.</summary>
public static class MillpondTracerProviderBuilderExtensions
{
    /// <summary>Collects the spans of Millpond's sessions, and those of Npgsql's statements in the same trace.</summary>
    /// <param name="builder">The builder of <c>WithTracing</c>.</param>
    /// <returns>The builder.</returns>
    /// <remarks>It adds the activity sources <c>Millpond</c> and <c>Npgsql</c>. Adding a source twice has no effect, so
    /// <c>AddNpgsql</c> may be called as well.</remarks>
    public static TracerProviderBuilder AddMillpondInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource("Millpond", "Npgsql");
    }
}
