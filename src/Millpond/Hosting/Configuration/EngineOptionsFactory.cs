using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Millpond.Engine;

namespace Millpond.Hosting.Configuration;

/// <summary>Creates the options of engines: configuration first, then <c>Configure</c>, then <c>PostConfigure</c>.</summary>
/// <remarks>Replaces the framework's options factory, because the configuration comes first wherever it is registered, and
/// because unnamed options are those of the engine that is injected without a key. Thread-safe. Each engine's options are
/// created once, so code that fetches a secret runs once.</remarks>
internal sealed class EngineOptionsFactory(IServiceProvider services, EngineNames names) : IOptionsFactory<EngineOptions>
{
    private readonly ConcurrentDictionary<string, Lazy<EngineOptions>> _made = [];

    /// <exception cref="OptionsValidationException">The options are invalid. The message lists all faults.</exception>
    public EngineOptions Create(string name)
    {
        var engine = name == Options.DefaultName ? names.Main ?? name : name;
        return _made.GetOrAdd(engine, one => new Lazy<EngineOptions>(() => Make(one))).Value;
    }

    private EngineOptions Make(string name)
    {
        if (!names.Contains(name))
        {
            throw new OptionsValidationException(
                name, typeof(EngineOptions), [$"There is no engine '{name}'; AddMillpond was called for {names}."]);
        }

        string[] keys = name == names.Main ? [name, Options.DefaultName] : [name];
        var options = EngineConfiguration.Read(services.GetService<IConfiguration>(), name, configured => new EngineOptions
        {
            Configured = configured,
            Services = services,
            LoggerFactory = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
            ContentRoot = services.GetService<IHostEnvironment>()?.ContentRootPath,
        });
        foreach (var setup in services.GetServices<IConfigureOptions<EngineOptions>>())
        {
            var isForAll = setup is ConfigureNamedOptions<EngineOptions> { Name: null };   // ConfigureAll runs once
            Array.ForEach(isForAll ? [name] : keys, key => Configure(setup, key, options));
        }

        List<string> faults = [];
        options.CheckConnectionStrings(faults);
        foreach (var setup in services.GetServices<IPostConfigureOptions<EngineOptions>>())
        {
            var isForAll = setup is PostConfigureOptions<EngineOptions> { Name: null };
            Array.ForEach(isForAll ? [name] : keys, key => setup.PostConfigure(key, options));
        }

        foreach (var validation in services.GetServices<IValidateOptions<EngineOptions>>())
        {
            // Our own validator runs for the engine's name only; others for the names that they are registered for.
            faults.AddRange((validation is EngineOptionsValidator ? [name] : keys)
                .SelectMany(key => validation.Validate(key, options).Failures ?? []));
        }

        return faults.Count == 0
            ? options
            : throw new OptionsValidationException(
                name, typeof(EngineOptions), [EngineOptionsValidator.Describe(name, faults.Distinct())]);
    }

    private static void Configure(IConfigureOptions<EngineOptions> setup, string key, EngineOptions options)
    {
        if (setup is IConfigureNamedOptions<EngineOptions> named)
        {
            named.Configure(key, options);
        }
        else if (key == Options.DefaultName)
        {
            setup.Configure(options);
        }
    }
}
