using System.Data;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Millpond.Engine;

namespace Millpond.Hosting.Configuration;

/// <summary>Reads an engine's options from the configuration section <c>Millpond:{name}</c>.</summary>
/// <remarks>Not with the configuration binder, because misspelt names and invalid values have to be reported together with all
/// other faults.</remarks>
internal static class EngineConfiguration
{
    public const string Section = "Millpond";

    private const string ConnectionStrings = "ConnectionStrings";

    private static readonly Dictionary<string, Func<EngineOptions, string, object?>> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(EngineOptions.ConnectionString)] = static (_, _) => null,   // read together with ConnectionStrings
        [nameof(EngineOptions.PoolSize)] = static (options, text) => options.PoolSize = Int(text),
        [nameof(EngineOptions.MaxOverflow)] = static (options, text) => options.MaxOverflow = Int(text),
        [nameof(EngineOptions.PoolTimeout)] = static (options, text) => options.PoolTimeout = Span(text),
        [nameof(EngineOptions.QueueTarget)] = static (options, text) => options.QueueTarget = Span(text),
        [nameof(EngineOptions.MaxQueue)] = static (options, text) => options.MaxQueue = Int(text),
        [nameof(EngineOptions.OpenTimeout)] = static (options, text) => options.OpenTimeout = Span(text),
        [nameof(EngineOptions.CleanupTimeout)] = static (options, text) => options.CleanupTimeout = Span(text),
        [nameof(EngineOptions.HookTimeout)] = static (options, text) => options.HookTimeout = Span(text),
        [nameof(EngineOptions.BackgroundCapacity)] = static (options, text) => options.BackgroundCapacity = Int(text),
        [nameof(EngineOptions.BackgroundWorkers)] = static (options, text) => options.BackgroundWorkers = Int(text),
        [nameof(EngineOptions.LeakThreshold)] = static (options, text) => options.LeakThreshold = Span(text),
        [nameof(EngineOptions.CaptureStacks)] = static (options, text) => options.CaptureStacks = Bool(text),
        [nameof(EngineOptions.SyncCalls)] = static (options, text) => options.SyncCalls = OneOf<SyncCalls>(text),
        [nameof(EngineOptions.WarmUp)] = static (options, text) => options.WarmUp = Bool(text),
        [nameof(MillpondSettings.DisableHealthChecks)] = static (_, text) => Bool(text),   // read by the builder's AddMillpond
        ["Session:Access"] = static (options, text) => options.Session.Access = OneOf<SessionAccess>(text),
        ["Session:Isolation"] = static (options, text) => options.Session.Isolation = OneOf<IsolationLevel>(text),
        ["Session:Mode"] = static (options, text) => options.Session.Mode = OneOf<SessionMode>(text),
        ["Session:Retries"] = static (options, text) => options.Session.Retries = Int(text),
        ["Session:Timeout"] = static (options, text) => options.Session.Timeout = Span(text),
        ["Session:StatementTimeout"] = static (options, text) => options.Session.StatementTimeout = Span(text),
        ["Session:ConfirmCommit"] = static (options, text) => options.Session.ConfirmCommit = Bool(text),
    };

    /// <summary>Gets the paths of the options that can be configured.</summary>
    public static IReadOnlyCollection<string> Paths => Known.Keys;

    /// <summary>Creates an engine's options from the configuration.</summary>
    /// <param name="configuration">The configuration, or null.</param>
    /// <param name="name">The engine's name.</param>
    /// <param name="create">Creates the options to which the configured values are applied.</param>
    public static EngineOptions Read(
        IConfiguration? configuration, string name, Func<ConfiguredOptions, EngineOptions> create)
    {
        var configured = new ConfiguredOptions { Names = Names(configuration) };
        var options = create(configured);
        if (configuration is not null)
        {
            Apply(configuration, name, options, configured);
        }

        return options;
    }

    private static void Apply(IConfiguration configuration, string name, EngineOptions options, ConfiguredOptions configured)
    {
        var section = configuration.GetSection($"{Section}:{name}");
        string[] keys = [$"{section.Path}:{nameof(EngineOptions.ConnectionString)}", $"{ConnectionStrings}:{name}"];
        if (Array.Find(keys, key => configuration[key] is not null) is { } key)
        {
            options.SetConnectionString(new(
                ConfigurationSource.Describe(configuration, key), configuration[key], Owner: null, IsConfigured: true));
        }

        foreach (var (path, value) in section.AsEnumerable(makePathsRelative: true))
        {
            if (value is null || path.Length == 0)
            {
                continue;   // a section without a value
            }

            var source = ConfigurationSource.Describe(configuration, $"{section.Path}:{path}");
            if (!Known.TryGetValue(path, out var set))
            {
                configured.Faults.Add($"{source} is not an option; use {string.Join(", ", Known.Keys)}.");
                continue;
            }

            try
            {
                configured.Add(path, set(options, value), source);
            }
            catch (FormatException error)
            {
                configured.Faults.Add($"{source} is '{value}'; {error.Message}");
            }
        }
    }

    private static string[] Names(IConfiguration? configuration) =>
    [
        .. new[] { ConnectionStrings, Section }
            .SelectMany(one => configuration?.GetSection(one).GetChildren() ?? [])
            .Select(static one => one.Key)
            .Distinct(StringComparer.OrdinalIgnoreCase),
    ];

    private static int Int(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw new FormatException("use an integer.");

    private static TimeSpan Span(string text) =>
        text.Contains(':', StringComparison.Ordinal) &&   // a bare 30 would be 30 days
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException("use hours:minutes:seconds, as in 00:00:30.");

    private static bool Bool(string text) =>
        bool.TryParse(text, out var value) ? value : throw new FormatException("use true or false.");

    private static T OneOf<T>(string text)
        where T : struct, Enum =>
        Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<T>(text, ignoreCase: true)
            : throw new FormatException($"use {string.Join(", ", Enum.GetNames<T>())}.");
}
