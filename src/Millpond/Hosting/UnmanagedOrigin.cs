using Millpond.Leasing;

namespace Millpond.Hosting;

/// <summary>The origin of a session in a scope that no host manages, so it is read-only (S24).</summary>
/// <param name="scope">The scope. It may be bypassed later, because a hub's constructor runs before its method's
/// filter.</param>
/// <param name="name">The name of the scope until then.</param>
internal sealed class UnmanagedOrigin(SessionScope scope, string name) : SessionOrigin
{
    public override string Operation => scope.Bypassed?.Name ?? name;

    public override string Uncommitted => scope.Bypassed?.Reason ?? "Millpond does not manage its scope";
}
