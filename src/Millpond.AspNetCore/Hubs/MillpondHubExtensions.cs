using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Millpond.AspNetCore.Hubs;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives hub methods their database sessions.</summary>
public static class MillpondHubExtensions
{
    /// <summary>Commits the session of a hub method before SignalR reports its completion, and rolls it back if the method
    /// throws.</summary>
    /// <param name="builder">The result of <c>AddSignalR</c>.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// <para>Inject <c>DbSession</c> into the hub's constructor or the method. <c>[Session]</c> and <c>[WithoutSession]</c> on
    /// the hub or the method apply, except for <c>Retries</c>. A method that streams commits when it returns, and its stream is
    /// read-only. If the client disconnects, the method is rolled back immediately.</para>
    /// <para>Session errors reach the caller as a <c>HubException</c> with a sentence and the code, never with SQL.</para>
    /// </remarks>
    public static ISignalRServerBuilder AddMillpond(this ISignalRServerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<SessionHubFilter>();
        builder.Services.Configure<HubOptions>(static options => options.AddFilter<SessionHubFilter>());
        return builder;
    }
}
