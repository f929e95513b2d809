using Millpond.AspNetCore.Endpoints;

namespace Millpond;

/// <summary>Excludes a controller, action, page or endpoint from <c>UseMillpond</c>: its response is not buffered, and nothing
/// is committed.</summary>
/// <remarks>A session injected there is read-only. To write, inject <c>DbEngine</c>. If this attribute and <see
/// cref="SessionAttribute"/> both apply, the innermost one wins.</remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class WithoutSessionAttribute : Attribute, ISessionMetadata
{
    void ISessionMetadata.Apply(DbSessionOptions options)
    {
        // Adds nothing to the settings of an inner attribute that requests a session.
    }
}
