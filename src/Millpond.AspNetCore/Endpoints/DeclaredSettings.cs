using Microsoft.AspNetCore.Http;

namespace Millpond.AspNetCore.Endpoints;

/// <summary>What an endpoint or a hub's method says about its sessions.</summary>
internal static class DeclaredSettings
{
    /// <summary>Changes the engine's defaults as an endpoint says.</summary>
    /// <exception cref="InvalidOperationException">What comes of it cannot be; it names the endpoint.</exception>
    public static void Apply(Endpoint? endpoint, DbSessionOptions options)
    {
        if (endpoint?.Metadata.GetOrderedMetadata<ISessionMetadata>() is { Count: > 0 } settings)
        {
            Apply(settings, endpoint.DisplayName, options);
        }
    }

    /// <summary>Changes the engine's defaults.</summary>
    /// <exception cref="InvalidOperationException">What comes of it cannot be; it names who says so.</exception>
    public static void Apply(IReadOnlyList<ISessionMetadata> settings, string? whose, DbSessionOptions options)
    {
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
    }
}
