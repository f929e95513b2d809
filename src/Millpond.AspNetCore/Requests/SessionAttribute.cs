using System.Data;
using Millpond.Sessions;

namespace Millpond.AspNetCore.Requests;

/// <summary>Says how the sessions of a controller, an action, a page or an endpoint's method behave.</summary>
/// <remarks>What is not set stays as the outer one, or the engine's options, have it.</remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class SessionAttribute : Attribute, ISessionMetadata
{
    private SessionAccess? _access;

    /// <summary>Gets or sets what the session means to do.</summary>
    /// <value>Default <see cref="SessionAccess.Auto"/>.</value>
    public SessionAccess Access
    {
        get => _access ?? SessionAccess.Auto;
        set => _access = value;
    }

    /// <summary>Gets or sets the isolation level of the session's transactions.</summary>
    /// <value>Default <see cref="IsolationLevel.Unspecified"/>: not set.</value>
    public IsolationLevel Isolation { get; set; } = IsolationLevel.Unspecified;

    void ISessionMetadata.Apply(DbSessionOptions options)
    {
        options.Access = _access ?? options.Access;
        options.Isolation = Isolation == IsolationLevel.Unspecified ? options.Isolation : Isolation;
    }
}
