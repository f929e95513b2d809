using Microsoft.Extensions.Configuration;

namespace Millpond.Hosting.Configuration;

/// <summary>Describes the source of a configuration value.</summary>
internal static class ConfigurationSource
{
    /// <summary>Returns a key with the source that sets it, for example <c>Millpond:bank:PoolSize
    /// (appsettings.json)</c>.</summary>
    /// <remarks>Uses the class names and texts of configuration providers, because their packages are not referenced.</remarks>
    public static string Describe(IConfiguration configuration, string key)
    {
        var provider = (configuration as IConfigurationRoot)?.Providers.LastOrDefault(
            one => one.TryGet(key, out _) || one.GetChildKeys([], key).Any());
        var quoted = provider?.ToString()?.Split('\'') is [_, var text, ..] ? text : "";
        return provider?.GetType().Name switch
        {
            "EnvironmentVariablesConfigurationProvider" =>
                $"{key} (environment variable {quoted}{key.Replace(":", "__", StringComparison.Ordinal)})",
            "CommandLineConfigurationProvider" => $"{key} (command line)",
            _ when quoted.Length > 0 => $"{key} ({quoted})",   // the path of a file
            _ => key,
        };
    }
}
