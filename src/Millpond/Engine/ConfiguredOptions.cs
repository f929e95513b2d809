namespace Millpond.Engine;

/// <summary>What the configuration says of an engine's options.</summary>
internal sealed class ConfiguredOptions
{
    private readonly Dictionary<string, (object? Value, string Source)> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets what is wrong with it.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Gets the names for which there is a connection string or a section of options.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <param name="path">The option's path: <c>Session:Retries</c>.</param>
    /// <param name="value">The value that it has set.</param>
    /// <param name="source">Where it is from, for messages.</param>
    public void Add(string path, object? value, string source) => _values[path] = (value, source);

    /// <summary>Names an option together with where its value is from.</summary>
    public string Describe(string option, object value) =>
        _values.TryGetValue(option.Replace('.', ':'), out var known) && Equals(known.Value, value)
            ? known.Source
            : $"{option} (set in code)";
}
