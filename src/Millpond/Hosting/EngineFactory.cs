using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Millpond.Engine;

namespace Millpond.Hosting;

/// <summary>Makes the engine of one registration from code, configuration and the host's services.</summary>
internal static class EngineFactory
{
    /// <exception cref="OptionsValidationException">Options are wrong; one message lists every fault.</exception>
    public static DbEngine Make(IServiceProvider services, string name)
    {
        List<string> faults = [];
        var options = MakeOptions(services, name, faults);
        if (ReferenceEquals(options.LoggerFactory, NullLoggerFactory.Instance) &&
            services.GetService<ILoggerFactory>() is { } loggers)
        {
            options.LoggerFactory = loggers;
        }

        options.Services = services;
        options.ContentRoot ??= services.GetService<IHostEnvironment>()?.ContentRootPath;
        var engine = new DbEngine(name, options, EngineOptionsValidator.Choose(name, options, faults));
        foreach (var addition in services.GetServices<EngineAddition>())
        {
            addition.AddTo(services, engine);
        }

        return engine;
    }

    /// <summary>Runs what code configures, then the configuration, so that an operator overrides a developer, then what code
    /// post-configures, as tests do.</summary>
    /// <remarks>By hand and not by <see cref="IOptionsFactory{TOptions}"/>, because options without a name are those of the
    /// engine that is injected without one.</remarks>
    private static EngineOptions MakeOptions(IServiceProvider services, string name, List<string> faults)
    {
        var options = new EngineOptions();
        var isMain = name == services.GetRequiredService<EngineNames>().Main;
        string[] names = isMain ? [name, Options.DefaultName] : [name];
        foreach (var setup in services.GetServices<IConfigureOptions<EngineOptions>>())
        {
            var isForAll = setup is ConfigureNamedOptions<EngineOptions> { Name: null };   // ConfigureAll: once
            Array.ForEach(isForAll ? [name] : names, one => Configure(setup, one, options));
        }

        if (services.GetService<IConfiguration>() is { } configuration)
        {
            EngineConfiguration.Apply(configuration, name, options, faults);
        }

        options.CheckConnectionStrings(faults);
        foreach (var setup in services.GetServices<IPostConfigureOptions<EngineOptions>>())
        {
            var isForAll = setup is PostConfigureOptions<EngineOptions> { Name: null };
            Array.ForEach(isForAll ? [name] : names, one => setup.PostConfigure(one, options));
        }

        foreach (var validation in services.GetServices<IValidateOptions<EngineOptions>>())
        {
            faults.AddRange(names.SelectMany(one => validation.Validate(one, options).Failures ?? []));
        }

        return options;
    }

    private static void Configure(IConfigureOptions<EngineOptions> setup, string name, EngineOptions options)
    {
        if (setup is IConfigureNamedOptions<EngineOptions> named)
        {
            named.Configure(name, options);
        }
        else if (name == Options.DefaultName)
        {
            setup.Configure(options);
        }
    }
}
