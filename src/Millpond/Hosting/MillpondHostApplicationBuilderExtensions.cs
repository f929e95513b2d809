using Microsoft.Extensions.DependencyInjection;
using Millpond;
using Millpond.Hosting.Configuration;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers Millpond's engines in the manner of Aspire's client integrations.</summary>
public static class MillpondHostApplicationBuilderExtensions
{
    /// <summary>Adds an engine with its sessions, as <c>Services.AddMillpond</c> does, and its health check.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="connectionName">The engine's name, and that of its connection string.</param>
    /// <param name="configureSettings">Changes the settings, which are read from the configuration.</param>
    /// <param name="configureOptions">Chooses the database and sets the engine's options.</param>
    /// <remarks>Reads the sections <c>ConnectionStrings:{connectionName}</c> and <c>Millpond:{connectionName}</c>.</remarks>
    public static void AddMillpond(
        this IHostApplicationBuilder builder,
        string connectionName,
        Action<MillpondSettings>? configureSettings = null,
        Action<EngineOptions>? configureOptions = null) =>
        Add(builder, connectionName, configureSettings, (_, options) => configureOptions?.Invoke(options));

    /// <summary>Adds an engine with its sessions, as <c>Services.AddMillpond</c> does, and its health check.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="connectionName">The engine's name, and that of its connection string.</param>
    /// <param name="configureOptions">Chooses the database and sets the engine's options.</param>
    /// <remarks>Reads the sections <c>ConnectionStrings:{connectionName}</c> and <c>Millpond:{connectionName}</c>.</remarks>
    public static void AddMillpond(
        this IHostApplicationBuilder builder, string connectionName, Action<EngineOptions> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(configureOptions);
        Add(builder, connectionName, configureSettings: null, (_, options) => configureOptions(options));
    }

    /// <summary>Adds an engine with its sessions, as <c>Services.AddMillpond</c> does, and its health check.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <param name="connectionName">The engine's name, and that of its connection string.</param>
    /// <param name="configureOptions">Chooses the database and sets the engine's options, with the host's services: for secrets
    /// and tokens. Runs once for the engine.</param>
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
            DisableHealthChecks = bool.TryParse(disabled, out var isDisabled) && isDisabled,   // a wrong one stops the start
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
