using Millpond.Leasing;

namespace Millpond.Hosting;

/// <summary>The origin of a session in a scope that no host manages, so that it only reads (S24).</summary>
/// <param name="scope">The scope, which may be bypassed later: a hub's constructor comes before its method's filter.</param>
/// <param name="name">What the scope is called until then.</param>
internal sealed class UnmanagedOrigin(SessionScope scope, string name) : SessionOrigin
{
    public override string Operation => scope.Bypassed?.Name ?? name;

    public override string Uncommitted => scope.Bypassed?.Reason ?? "nothing commits its service scope";
}
