using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Millpond;
using Millpond.Engine;
using Millpond.Hosting;
using Millpond.Hosting.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers engines and sessions.</summary>
public static class MillpondServiceCollectionExtensions
{
    /// <summary>Adds the application's engine, named <c>default</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Configures the database and the options.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddMillpond(this IServiceCollection services, Action<EngineOptions> configure) =>
        services.AddMillpond(EngineNames.Default, configure);

    /// <summary>Adds the application's engine, named <c>default</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Configures the database and the options, with the host's services, for secrets and tokens. It
    /// runs once.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddMillpond(
        this IServiceCollection services, Action<IServiceProvider, EngineOptions> configure) =>
        services.AddMillpond(EngineNames.Default, configure);

    /// <summary>Adds an engine: <see cref="DbEngine"/> and its <see cref="BackgroundSessions"/> as singletons and <see
    /// cref="DbSession"/> as a scoped service. The engine starts and stops with the host.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The engine's name: the service key, the key of its connection string
    /// (<c>ConnectionStrings:{name}</c>) and of its options (section <c>Millpond:{name}</c>, which <paramref name="configure"/>
    /// overrides). A single engine, or the one named <c>default</c>, can be injected without a key.</param>
    /// <param name="configure">Configures the database and the options, which are named options of that name. <c>Configure</c>,
    /// <c>PostConfigure</c> and <c>Validate</c> of <see cref="EngineOptions"/> work too; without a name they apply to the
    /// engine that is injected without a key. The order is configuration, code, <c>PostConfigure</c>; the last one wins. Only
    /// two different connection strings, in code and in the configuration, stop the start.</param>
    /// <returns>The services.</returns>
    /// <remarks>The start of the host fails with an <see cref="OptionsValidationException"/> that lists all faults of all
    /// engines with their sources: invalid values, unknown options, a missing connection string, two engines with one name, a
    /// section without an engine.</remarks>
    public static IServiceCollection AddMillpond(this IServiceCollection services, string name, Action<EngineOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddMillpond(name, (_, options) => configure(options));
    }

    /// <param name="services">The services.</param>
    /// <param name="name">The engine's name: the service key, the key of its connection string
    /// (<c>ConnectionStrings:{name}</c>) and of its options (section <c>Millpond:{name}</c>, which <paramref name="configure"/>
    /// overrides). A single engine, or the one named <c>default</c>, can be injected without a key.</param>
    /// <param name="configure">Configures the database and the options, with the host's services, for secrets and tokens. It
    /// runs once per engine.</param>
    /// <inheritdoc cref="AddMillpond(IServiceCollection, string, Action{EngineOptions})" path="/summary|/returns|/remarks"/>
    public static IServiceCollection AddMillpond(
        this IServiceCollection services, string name, Action<IServiceProvider, EngineOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<EngineOptions>(name)
            .Configure<IServiceProvider>((options, provider) => configure(provider, options));
        var isRepeated = services.Any(other => other.ImplementationInstance is EngineRegistration known && known.Name == name);
        services.AddSingleton(new EngineRegistration(name));
        if (isRepeated)
        {
            return services;   // the start reports it with the other faults
        }

        services.AddKeyedSingleton(name, (provider, _) => EngineFactory.Make(provider, name));
        services.AddKeyedScoped(name, (provider, _) => provider.GetRequiredService<SessionScope>().Open(name));
        services.AddKeyedSingleton(name, (provider, _) => new BackgroundSessions(
            provider.GetRequiredKeyedService<DbEngine>(name), provider));
        AddShared(services);
        return services;
    }

    private static void AddShared(IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, EngineLifetime>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EngineOptions>, EngineOptionsValidator>());
        services.TryAddSingleton<IOptionsFactory<EngineOptions>, EngineOptionsFactory>();
        services.TryAddSingleton<EngineChecks>();
        services.TryAddSingleton(new OrdinaryContexts(services));
        services.TryAddSingleton<EngineRouter>();
        services.TryAddSingleton<EngineNames>();
        services.TryAddSingleton<ScopeNames>();
        services.TryAddSingleton<StartChecks>();
        services.TryAddScoped<SessionScope>();
        services.TryAddSingleton(static provider => provider.GetRequiredKeyedService<DbEngine>(MainName(provider)));
        services.TryAddSingleton(static provider => provider.GetRequiredKeyedService<BackgroundSessions>(MainName(provider)));
        services.TryAddScoped(static provider => provider.GetRequiredService<SessionScope>().Open(MainName(provider)));
    }

    private static string MainName(IServiceProvider services) => services.GetRequiredService<EngineNames>().RequireMain();
}
