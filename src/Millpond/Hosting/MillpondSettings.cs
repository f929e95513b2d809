namespace Millpond;

/// <summary>The settings of <c>builder.AddMillpond</c>, as those of Aspire's client integrations.</summary>
public sealed class MillpondSettings
{
    /// <summary>Gets or sets the connection string or URL.</summary>
    /// <value>Default null: <c>ConnectionStrings:{connectionName}</c> of the configuration. Two that differ stop the
    /// start.</value>
    public string? ConnectionString { get; set; }

    /// <summary>Gets or sets whether the engine is left out of the health checks.</summary>
    /// <value>Default: <c>Millpond:{connectionName}:DisableHealthChecks</c> of the configuration, or else false.</value>
    public bool DisableHealthChecks { get; set; }
}
