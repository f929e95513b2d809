namespace Millpond;

/// <summary>The settings of <c>builder.AddMillpond</c>, in the style of Aspire's client integrations.</summary>
public sealed class MillpondSettings
{
    /// <summary>Gets or sets the connection string or URL.</summary>
    /// <value>Default null: <c>ConnectionStrings:{connectionName}</c> of the configuration. Two different ones stop the
    /// start.</value>
    public string? ConnectionString { get; set; }

    /// <summary>Gets or sets whether the engine has no health check.</summary>
    /// <value>Default: <c>Millpond:{connectionName}:DisableHealthChecks</c> of the configuration, otherwise false.</value>
    public bool DisableHealthChecks { get; set; }
}
