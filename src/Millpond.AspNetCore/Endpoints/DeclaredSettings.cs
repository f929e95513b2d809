using Microsoft.AspNetCore.Http;

namespace Millpond.AspNetCore.Endpoints;

/// <summary>What an endpoint or a hub's method says about its sessions.</summary>
internal static class DeclaredSettings
{
    /// <summary>Derives a session's options from the engine's as an endpoint says.</summary>
    /// <exception cref="InvalidOperationException">What comes of it cannot be; it names the endpoint.</exception>
    public static DbSessionOptions Apply(Endpoint? endpoint, DbSessionOptions defaults) =>
        endpoint is null
            ? defaults
            : Apply(endpoint.Metadata.GetOrderedMetadata<ISessionMetadata>(), endpoint.DisplayName, defaults);

    /// <returns>The defaults themselves where nothing is declared.</returns>
    /// <exception cref="InvalidOperationException">What comes of it cannot be; it names who says so.</exception>
    public static DbSessionOptions Apply(IReadOnlyList<ISessionMetadata> settings, string? whose, DbSessionOptions defaults)
    {
        if (settings.Count == 0)
        {
            return defaults;
        }

        var options = defaults.Copy();
        foreach (var setting in settings)
        {
            setting.Apply(options);
        }

        try
        {
            options.ThrowIfWrong();
        }
        catch (ArgumentException error)
        {
            throw new InvalidOperationException($"{whose}: {error.Message}", error);
        }

        return options;
    }
}
