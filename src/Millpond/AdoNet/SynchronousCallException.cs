using Millpond.Diagnostics;

namespace Millpond;

/// <summary>Thrown if a synchronous member of a session's connection is called, which would block a thread.</summary>
public sealed class SynchronousCallException : MillpondException
{
    internal SynchronousCallException(string member, string replacement)
        : base(
            ErrorCodes.SynchronousCall,
            $"{member} would block a thread until the database answers. Await {replacement} instead; if a library cannot, " +
            "set SyncCalls to Warn or Allow.")
    {
        Member = member;
    }

    /// <summary>Gets the member that was called.</summary>
    public string Member { get; }
}
