using Microsoft.Extensions.Configuration;

namespace Millpond.Hosting.Configuration;

/// <summary>Names the place in the configuration that a value is from.</summary>
internal static class ConfigurationSource
{
    /// <summary>Names a key with the source that has set it: <c>Millpond:bank:PoolSize (appsettings.json)</c>.</summary>
    /// <remarks>By the providers' class names and texts: their packages are not referenced.</remarks>
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
            _ when quoted.Length > 0 => $"{key} ({quoted})",   // a file's path
            _ => key,
        };
    }
}
