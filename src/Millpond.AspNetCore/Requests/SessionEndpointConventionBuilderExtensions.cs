using Millpond.AspNetCore.Requests;
using Millpond.Sessions;

#pragma warning disable IDE0130 // With… lives in Microsoft's namespace, so that users find it without a using.
namespace Microsoft.AspNetCore.Builder;
#pragma warning restore IDE0130

/// <summary>Says per endpoint or group how its sessions behave.</summary>
public static class SessionEndpointConventionBuilderExtensions
{
    /// <summary>Changes how the sessions of these endpoints behave.</summary>
    /// <typeparam name="TBuilder">The endpoint's or group's builder.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">
    /// Changes the options; called each time a session is opened, and once before, to know <c>Retries</c> in time. Several apply
    /// in order, the group's first.
    /// </param>
    /// <returns>The builder.</returns>
    public static TBuilder WithSession<TBuilder>(this TBuilder builder, Action<DbSessionOptions> configure)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(configure);
        return builder.WithMetadata(new SessionSetting(configure));
    }

    /// <summary>Keeps <c>UseMillpond</c> away from these endpoints: nothing is held back, nothing committed.</summary>
    /// <typeparam name="TBuilder">The endpoint's or group's builder.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static TBuilder WithoutSession<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new WithoutSessionAttribute());
}
