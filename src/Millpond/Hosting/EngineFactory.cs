using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Millpond.Engine;

namespace Millpond.Hosting;

/// <summary>Makes the engine of one registration out of code, configuration and the host's services.</summary>
internal static class EngineFactory
{
    /// <exception cref="OptionsValidationException">Options are wrong; one message tells all of them.</exception>
    public static DbEngine Make(IServiceProvider services, EngineRegistration registration)
    {
        var name = registration.Name;
        var options = new EngineOptions();
        if (services.GetService<ILoggerFactory>() is { } loggers)
        {
            options.LoggerFactory = loggers;
        }

        if (services.GetService<TimeProvider>() is { } time)
        {
            options.TimeProvider = time;
        }

        options.ContentRoot = services.GetService<IHostEnvironment>()?.ContentRootPath;
        registration.Configure(options);

        // Configuration last: what an operator sets wins over what a developer wrote.
        List<string> faults = [];
        if (services.GetService<IConfiguration>() is { } configuration)
        {
            EngineConfiguration.Apply(configuration.GetSection($"Millpond:{name}"), options, faults);
            options.ConnectionString ??= configuration.GetConnectionString(name);
        }

        var chosen = EngineOptionsValidator.Validate(name, options, faults);
        if (faults.Count > 0)
        {
            throw new OptionsValidationException(
                name, typeof(EngineOptions), [EngineOptionsValidator.Describe(name, faults)]);
        }

        var engine = new DbEngine(name, options, chosen!);
        foreach (var addition in services.GetServices<EngineAddition>())
        {
            addition.AddTo(services, engine);
        }

        return engine;
    }
}
