using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Millpond;
using Millpond.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers Millpond's engines and sessions.</summary>
public static class MillpondServiceCollectionExtensions
{
    /// <summary>Adds the application's engine, named <c>default</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Chooses the database and sets the options.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">There is an engine of that name already.</exception>
    public static IServiceCollection AddMillpond(this IServiceCollection services, Action<EngineOptions> configure) =>
        services.AddMillpond(EngineNames.Default, configure);

    /// <summary>
    /// Adds an engine: <see cref="DbEngine"/> and its <see cref="BackgroundSessions"/> as singletons, <see cref="DbSession"/>
    /// scoped, started and stopped with the host.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">
    /// Its name: the service key, the key of its connection string (<c>ConnectionStrings:{name}</c>) and of its options (section
    /// <c>Millpond:{name}</c>, which overrides <paramref name="configure"/>). A single engine, or the one named <c>default</c>,
    /// can be injected without a key.
    /// </param>
    /// <param name="configure">Chooses the database and sets the options: named options of that name. <c>Configure</c>,
    /// <c>PostConfigure</c> and <c>Validate</c> of <see cref="EngineOptions"/> count, too; without a name they are for the engine
    /// that is injected without one. The order is code, configuration, <c>PostConfigure</c>.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">There is an engine of that name already.</exception>
    public static IServiceCollection AddMillpond(this IServiceCollection services, string name, Action<EngineOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(service => service.ImplementationInstance is EngineRegistration other && other.Name == name))
        {
            throw new ArgumentException(
                $"There is an engine named '{name}' already. Give each engine its own name; to change this one, as in a test, " +
                $"call services.PostConfigure<EngineOptions>(\"{name}\", options => …).",
                nameof(name));
        }

        services.AddSingleton(new EngineRegistration(name));
        services.Configure(name, configure);
        services.AddKeyedSingleton(name, (provider, _) => EngineFactory.Make(provider, name));
        services.AddKeyedScoped(name, (provider, _) => provider.GetRequiredService<SessionScope>().Open(name));
        services.AddKeyedSingleton(name, (provider, _) => new BackgroundSessions(
            provider.GetRequiredKeyedService<DbEngine>(name), provider));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, EngineLifetime>());

        services.TryAddSingleton<EngineRouter>();
        services.TryAddSingleton<EngineNames>();
        services.TryAddSingleton<ScopeNames>();
        services.TryAddScoped<SessionScope>();
        services.TryAddSingleton(static provider => provider.GetRequiredKeyedService<DbEngine>(MainName(provider)));
        services.TryAddSingleton(static provider => provider.GetRequiredKeyedService<BackgroundSessions>(MainName(provider)));
        services.TryAddScoped(static provider => provider.GetRequiredService<SessionScope>().Open(MainName(provider)));
        return services;
    }

    private static string MainName(IServiceProvider services) => services.GetRequiredService<EngineNames>().RequireMain();
}
