namespace Millpond.Hosting;

/// <summary>The names of the host's engines.</summary>
internal sealed class EngineNames
{
    public const string Default = "default";

    private readonly string[] _names;

    public EngineNames(IEnumerable<EngineRegistration> registrations)
    {
        _names = [.. registrations.Select(static one => one.Name)];
        Main = _names is [var sole] ? sole : _names.Contains(Default) ? Default : null;
    }

    /// <summary>Gets the name of the engine that is injected without a key; null: there are several.</summary>
    public string? Main { get; }

    /// <exception cref="InvalidOperationException">There are several engines, and none is the main one.</exception>
    public string RequireMain() => Main ?? throw new InvalidOperationException(
        $"There are several engines ({string.Join(", ", _names)}) and none is named '{Default}'; say which: " +
        $"[FromKeyedServices(\"{_names[0]}\")] DbSession session.");
}
