using Microsoft.Extensions.DependencyInjection;
using Millpond;
using Millpond.Hosting.Configuration;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers engines in the style of Aspire's client integrations.</summary>
public static class MillpondHostApplicationBuilderExtensions
{
    /// <summary>Adds an engine with its sessions, like <c>Services.AddMillpond</c>, and its health check.</summary>
    /// <param name="builder">The application builder.</param>
    /// <param name="connectionName">The name of the engine and of its connection string.</param>
    /// <param name="configureSettings">Changes the settings that were read from the configuration.</param>
    /// <param name="configureOptions">Configures the database and the engine's options.</param>
    /// <remarks>Reads the sections <c>ConnectionStrings:{connectionName}</c> and <c>Millpond:{connectionName}</c>.</remarks>
    public static void AddMillpond(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<MillpondSettings>? configureSettings = null,
        Action<EngineOptions>? configureOptions = null) =>
        Add(builder, connectionName, configureSettings, (_, options) => configureOptions?.Invoke(options));

    /// <summary>Adds an engine with its sessions, like <c>Services.AddMillpond</c>, and its health check.</summary>
    /// <param name="builder">The application builder.</param>
    /// <param name="connectionName">The name of the engine and of its connection string.</param>
    /// <param name="configureOptions">Configures the database and the engine's options.</param>
    /// <remarks>Reads the sections <c>ConnectionStrings:{connectionName}</c> and <c>Millpond:{connectionName}</c>.</remarks>
    public static void AddMillpond(
        this IHostApplicationBuilder builder, string connectionName, Action<EngineOptions> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(configureOptions);
        Add(builder, connectionName, configureSettings: null, (_, options) => configureOptions(options));
    }

    /// <summary>Adds an engine with its sessions, like <c>Services.AddMillpond</c>, and its health check.</summary>
    /// <param name="builder">The application builder.</param>
    /// <param name="connectionName">The name of the engine and of its connection string.</param>
    /// <param name="configureOptions">Configures the database and the engine's options, with the host's services, for secrets
    /// and tokens. It runs once per engine.</param>
    /// <remarks>Reads the sections <c>ConnectionStrings:{connectionName}</c> and <c>Millpond:{connectionName}</c>.</remarks>
    public static void AddMillpond(
        this IHostApplicationBuilder builder, string connectionName, Action<IServiceProvider, EngineOptions> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(configureOptions);
        Add(builder, connectionName, configureSettings: null, configureOptions);
    }

    private static void Add(
        IHostApplicationBuilder builder,
        string connectionName,
        Action<MillpondSettings>? configureSettings,
        Action<IServiceProvider, EngineOptions> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionName);
        var disabled = builder.Configuration[
            $"{EngineConfiguration.Section}:{connectionName}:{nameof(MillpondSettings.DisableHealthChecks)}"];
        var settings = new MillpondSettings
        {
            DisableHealthChecks = bool.TryParse(disabled, out var isDisabled) && isDisabled,   // an invalid value stops the start
        };
        configureSettings?.Invoke(settings);
        builder.Services.AddMillpond(connectionName, (services, options) =>
        {
            if (settings.ConnectionString is { } text)
            {
                options.SetConnectionString(new("MillpondSettings.ConnectionString in code", text, Owner: null));
            }

            configureOptions(services, options);
        });
        if (!settings.DisableHealthChecks)
        {
            builder.Services.AddHealthChecks().AddMillpond(connectionName);
        }
    }
}
