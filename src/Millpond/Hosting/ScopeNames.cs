namespace Millpond.Hosting;

/// <summary>Names service scopes that no host manages, for messages.</summary>
internal sealed class ScopeNames
{
    /// <summary>Gets or sets what finds the name of a scope's work: the request's method and route. Null: nothing knows
    /// it.</summary>
    /// <value>Called with the scope's services; null: not known.</value>
    public Func<IServiceProvider, string?>? Find { get; set; }
}
