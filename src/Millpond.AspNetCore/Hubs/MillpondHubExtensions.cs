using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Millpond.AspNetCore.Hubs;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives hub methods their database sessions.</summary>
public static class MillpondHubExtensions
{
    /// <summary>Commits the session of a hub method before SignalR reports its completion, and rolls it back when the method
    /// throws.</summary>
    /// <param name="builder">What <c>AddSignalR</c> returned.</param>
    /// <returns>The same.</returns>
    /// <remarks>
    /// <para>Inject <c>DbSession</c> into the hub's constructor or the method. <c>[Session]</c> and <c>[WithoutSession]</c> on
    /// the hub or the method apply; a method is not retried (<c>Retries</c>). A method that streams commits when it returns,
    /// and its stream only reads. A method whose client leaves is rolled back at that moment.</para>
    /// <para>Errors of sessions reach the caller as a <c>HubException</c> with a sentence and the code, never with SQL.</para>
    /// </remarks>
    public static ISignalRServerBuilder AddMillpond(this ISignalRServerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<SessionHubFilter>();
        builder.Services.Configure<HubOptions>(static options => options.AddFilter<SessionHubFilter>());
        return builder;
    }
}
