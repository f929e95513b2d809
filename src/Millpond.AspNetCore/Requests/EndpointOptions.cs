using Microsoft.AspNetCore.Http;
using Millpond.Sessions;

namespace Millpond.AspNetCore.Requests;

/// <summary>What an endpoint says about its sessions.</summary>
internal static class EndpointOptions
{
    /// <summary>Changes the engine's defaults.</summary>
    /// <exception cref="InvalidOperationException">What comes of it cannot be; it names the endpoint.</exception>
    public static void Apply(Endpoint? endpoint, DbSessionOptions options)
    {
        if (endpoint?.Metadata.GetOrderedMetadata<ISessionMetadata>() is not { Count: > 0 } settings)
        {
            return;
        }

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
            throw new InvalidOperationException($"{endpoint.DisplayName}: {error.Message}", error);
        }
    }
}
