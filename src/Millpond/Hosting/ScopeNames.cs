namespace Millpond.Hosting;

/// <summary>Finds names for service scopes that no host manages, for messages.</summary>
internal sealed class ScopeNames
{
    /// <summary>Gets or sets the callback that returns the name of a scope's work, such as a request's method and route; null
    /// if there is none.</summary>
    /// <value>It receives the scope's services, and returns null if the name is unknown.</value>
    public Func<IServiceProvider, string?>? Find { get; set; }
}
