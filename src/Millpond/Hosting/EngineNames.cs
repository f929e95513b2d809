namespace Millpond.Hosting;

/// <summary>The names of the host's engines.</summary>
internal sealed class EngineNames
{
    public const string Default = "default";

    public EngineNames(IEnumerable<EngineRegistration> registrations)
    {
        string[] names = [.. registrations.Select(static one => one.Name)];
        All = [.. names.Distinct()];
        Repeated =
        [
            // Configuration keys are case-insensitive.
            .. names.GroupBy(static name => name, StringComparer.OrdinalIgnoreCase)
                .Where(static one => one.Count() > 1)
                .Select(static one => one.Key),
        ];
        Main = All is [var sole] ? sole : Contains(Default) ? Default : null;
    }

    public IReadOnlyList<string> All { get; }

    /// <summary>Gets the names for which <c>AddMillpond</c> was called more than once.</summary>
    public IReadOnlyList<string> Repeated { get; }

    /// <summary>Gets the name of the engine that is injected without a key; null if there are several engines.</summary>
    public string? Main { get; }

    public bool Contains(string name) => All.Contains(name);

    /// <exception cref="InvalidOperationException">There are several engines and no default one.</exception>
    public string RequireMain() => Main ?? throw new InvalidOperationException(
        $"There are several engines ({string.Join(", ", All)}) and none is named '{Default}'; specify one: " +
        $"[FromKeyedServices(\"{All[0]}\")] DbSession session.");

    public override string ToString() => string.Join(", ", All.Select(static name => $"'{name}'"));
}
