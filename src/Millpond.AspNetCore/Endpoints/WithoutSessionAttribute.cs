using Millpond.AspNetCore.Endpoints;

namespace Millpond;

/// <summary>
/// Keeps <c>UseMillpond</c> away from a controller, an action, a page or an endpoint: nothing is held back, nothing
/// committed.
/// </summary>
/// <remarks>A session that is injected all the same only reads. To write, inject <c>DbEngine</c>. The innermost of this attribute
/// and <see cref="SessionAttribute"/> decides.</remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class WithoutSessionAttribute : Attribute, ISessionMetadata
{
    void ISessionMetadata.Apply(DbSessionOptions options)
    {
        // Says nothing about a session that something further in asks for.
    }
}
