using Microsoft.AspNetCore.Http;

namespace Millpond.AspNetCore.Endpoints;

/// <summary>Reads the session settings that an endpoint or hub method declares.</summary>
internal static class DeclaredSettings
{
    /// <summary>Applies an endpoint's settings to the engine's session options.</summary>
    /// <exception cref="InvalidOperationException">The resulting options are invalid; the message names the
    /// endpoint.</exception>
    public static DbSessionOptions Apply(Endpoint? endpoint, DbSessionOptions defaults) =>
        endpoint is null
            ? defaults
            : Apply(endpoint.Metadata.GetOrderedMetadata<ISessionMetadata>(), endpoint.DisplayName, defaults);

    /// <returns>The defaults themselves if nothing is declared.</returns>
    /// <exception cref="InvalidOperationException">The resulting options are invalid; the message names the endpoint or
    /// method.</exception>
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
            options.ThrowIfInvalid();
        }
        catch (ArgumentException error)
        {
            throw new InvalidOperationException($"{whose}: {error.Message}", error);
        }

        return options;
    }
}
