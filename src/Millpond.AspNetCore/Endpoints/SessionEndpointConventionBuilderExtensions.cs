using Millpond;
using Millpond.AspNetCore.Endpoints;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Sets the session options of endpoints and groups.</summary>
public static class SessionEndpointConventionBuilderExtensions
{
    /// <summary>Sets the session options of these endpoints.</summary>
    /// <typeparam name="TBuilder">The endpoint's or group's builder.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Changes the options. It is called each time a session is opened, and once more per endpoint to
    /// read <c>Retries</c>. Several are applied in order, the group's first.</param>
    /// <returns>The builder.</returns>
    public static TBuilder WithSession<TBuilder>(this TBuilder builder, Action<DbSessionOptions> configure)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(configure);
        return builder.WithMetadata(new SessionSetting(configure));
    }

    /// <summary>Sets which HTTP statuses of these endpoints commit. All others roll back.</summary>
    /// <typeparam name="TBuilder">The endpoint's or group's builder.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="condition">Called with the response's status; returns true to commit. An endpoint's condition overrides its
    /// group's and <see cref="MillpondRequestOptions.CommitWhen"/>. It has no effect in <see
    /// cref="SessionMode.Autocommit"/>.</param>
    /// <returns>The builder.</returns>
    public static TBuilder CommitWhen<TBuilder>(this TBuilder builder, Func<int, bool> condition)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(condition);
        return builder.WithMetadata(new CommitCondition(condition));
    }

    /// <summary>Excludes these endpoints from <c>UseMillpond</c>: their responses are not buffered, and nothing is
    /// committed.</summary>
    /// <typeparam name="TBuilder">The endpoint's or group's builder.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static TBuilder WithoutSession<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new WithoutSessionAttribute());
}
