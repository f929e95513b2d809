namespace Millpond.Engine;

/// <summary>The options of an engine that come from the configuration.</summary>
internal sealed class ConfiguredOptions
{
    private readonly Dictionary<string, (object? Value, string Source)> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets the faults in the configuration.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Gets the names that have a connection string or a section of options.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <param name="path">The option's path, for example <c>Session:Retries</c>.</param>
    /// <param name="value">The configured value.</param>
    /// <param name="source">The source of the value, for messages.</param>
    public void Add(string path, object? value, string source) => _values[path] = (value, source);

    /// <summary>Describes an option, with the source of its value if it was configured.</summary>
    public string Describe(string option, object value) =>
        _values.TryGetValue(option.Replace('.', ':'), out var known) && Equals(known.Value, value)
            ? known.Source
            : $"{option} (set in code)";
}
