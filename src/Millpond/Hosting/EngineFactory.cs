using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Millpond.Engine;
using Millpond.Hosting.Configuration;

namespace Millpond.Hosting;

/// <summary>Creates the engine of one registration.</summary>
internal static class EngineFactory
{
    /// <exception cref="OptionsValidationException">Options of some engine are invalid. The message lists the faults of all
    /// engines.</exception>
    public static DbEngine Make(IServiceProvider services, string name)
    {
        services.GetRequiredService<EngineChecks>().ThrowIfAny(name);
        var options = services.GetRequiredService<IOptionsMonitor<EngineOptions>>().Get(name);
        var engine = new DbEngine(name, options, EngineOptionsValidator.Choose(name, options));
        foreach (var addition in services.GetServices<EngineAddition>())
        {
            addition.AddTo(services, engine);
        }

        return engine;
    }
}
