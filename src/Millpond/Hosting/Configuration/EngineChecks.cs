using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Millpond.Hosting.Configuration;

/// <summary>Validates all engines together, so one message lists all faults, whichever engine is resolved first.</summary>
internal sealed class EngineChecks
{
    private readonly Lazy<string> _faults;

    public EngineChecks(IServiceProvider services, EngineNames names, IOptionsMonitor<EngineOptions> options) =>
        _faults = new(() => string.Join(" ", Find(services.GetService<IConfiguration>(), names, options)));

    /// <exception cref="OptionsValidationException">The options have faults.</exception>
    public void ThrowIfAny(string engineName)
    {
        if (_faults.Value.Length > 0)
        {
            throw new OptionsValidationException(engineName, typeof(EngineOptions), [_faults.Value]);
        }
    }

    private static IEnumerable<string> Find(
        IConfiguration? configuration, EngineNames names, IOptionsMonitor<EngineOptions> options)
    {
        foreach (var name in names.All)
        {
            foreach (var fault in FaultsOf(name, options))
            {
                yield return fault;
            }
        }

        foreach (var name in names.Repeated)
        {
            yield return $"Engine '{name}' cannot start: AddMillpond was called for it more than once. Give each engine its " +
                $"own name; to change this one, as in a test, call " +
                $"services.PostConfigure<EngineOptions>(\"{name}\", options => …).";
        }

        foreach (var section in configuration?.GetSection(EngineConfiguration.Section).GetChildren() ?? [])
        {
            if (!names.All.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
            {
                yield return $"{ConfigurationSource.Describe(configuration!, section.Path)} is for no engine; AddMillpond was " +
                    $"called for {names}.";
            }
        }
    }

    private static IEnumerable<string> FaultsOf(string name, IOptionsMonitor<EngineOptions> options)
    {
        try
        {
            options.Get(name);
            return [];
        }
        catch (OptionsValidationException error)
        {
            return error.Failures;
        }
    }
}
