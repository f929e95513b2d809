using Millpond.Providers;

namespace Millpond.Engine;

/// <summary>Selects one of the registered providers by the connection string.</summary>
internal static class ProviderChoice
{
    /// <summary>Selects a provider, or adds the reason why none fits to the faults.</summary>
    public static ChosenProvider? Choose(string engineName, EngineOptions options, ICollection<string> faults)
    {
        if (options.Providers.Count == 0)
        {
            faults.Add("No database is configured; call UseSqlite or UsePostgreSql in its options.");
            return null;
        }

        var text = options.ConnectionString;
        if (string.IsNullOrWhiteSpace(text))
        {
            var others = options.Configured?.Names.Except([engineName], StringComparer.OrdinalIgnoreCase).ToArray() ?? [];
            faults.Add("It has no connection string" +
                (options.Chosen is { } empty ? $" ({empty.Name} is empty)" : "") +
                $"; set ConnectionStrings:{engineName}, or pass one for {Names(options.Providers, " or ")} in code." +
                (options.Chosen is null && others.Length > 0
                    ? $" The configuration contains {string.Join(", ", others.Select(static one => $"'{one}'"))}."
                    : ""));
            return null;
        }

        var candidates = options.Chosen?.Owner is { } owner ? [owner] : options.Providers;
        var known = faults.Count;
        var chosen = ConnectionUrl.TryParse(text, out var url)
            ? ChooseByScheme(url, candidates, faults)
            : ChooseByKeys(text, candidates, faults);
        if (faults.Count > known && options.Chosen is { IsConfigured: true } source)
        {
            faults.Add($"(That connection string is {source.Name}.)");
        }

        return chosen;
    }

    private static ChosenProvider? ChooseByScheme(
        ConnectionUrl url, IReadOnlyList<DatabaseProvider> offered, ICollection<string> faults)
    {
        foreach (var provider in offered)
        {
            if (provider.Schemes.Contains(url.Scheme, StringComparer.Ordinal))
            {
                return new ChosenProvider(provider, provider.ReadUrl(url, faults));
            }
        }

        var schemes = offered.SelectMany(static provider => provider.Schemes);
        var known = string.Join(", ", schemes.Select(static scheme => $"'{scheme}:'"));
        faults.Add($"The connection URL has the unknown scheme '{url.Scheme}:'; use {known}.");
        return null;
    }

    private static ChosenProvider? ChooseByKeys(string text, IReadOnlyList<DatabaseProvider> offered, ICollection<string> faults)
    {
        if (offered.Count == 1)
        {
            offered[0].Check(text, faults);
            return new ChosenProvider(offered[0], text);
        }

        List<DatabaseProvider> fitting = [];
        List<string> why = [];
        foreach (var one in offered)
        {
            List<string> found = [];
            one.Check(text, found);
            why.AddRange(found.Select(fault => $"as {one.Name}: {fault}"));
            if (found.Count == 0)
            {
                fitting.Add(one);
            }
        }

        if (fitting.Count == 1)
        {
            return new ChosenProvider(fitting[0], text);
        }

        faults.Add(fitting.Count == 0
            ? $"The connection string is invalid for {Names(offered)}: {string.Join(" ", why)}"
            : $"The connection string is valid for several of {Names(offered)}; write it as a URL " +
              $"({offered[0].Schemes[0]}:…), so its scheme selects the provider.");
        return null;
    }

    private static string Names(IEnumerable<DatabaseProvider> offered, string separator = ", ") =>
        string.Join(separator, offered.Select(static provider => provider.Name));
}
