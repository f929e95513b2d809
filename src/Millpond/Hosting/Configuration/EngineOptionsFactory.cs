using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Millpond.Engine;

namespace Millpond.Hosting.Configuration;

/// <summary>Makes the options of the host's engines: the configuration, then code, then what code post-configures.</summary>
/// <remarks>In the place of the options framework's own factory, because the configuration comes first wherever it is registered,
/// and because options without a name are those of the engine that is injected without one. Thread-safe. Each engine's options
/// are made once, whoever asks for them: code that fetches a secret runs once.</remarks>
internal sealed class EngineOptionsFactory(IServiceProvider services, EngineNames names) : IOptionsFactory<EngineOptions>
{
    private readonly ConcurrentDictionary<string, Lazy<EngineOptions>> _made = [];

    /// <exception cref="OptionsValidationException">Options are wrong; one message lists every fault.</exception>
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
            var isForAll = setup is ConfigureNamedOptions<EngineOptions> { Name: null };   // ConfigureAll: once
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
            // The engine's own by its name only; others by what they are registered for.
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
