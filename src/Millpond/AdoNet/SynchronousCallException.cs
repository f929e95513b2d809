using Millpond.Diagnostics;

namespace Millpond;

/// <summary>
/// Says that a synchronous member of a session's connection was called, which would have blocked a thread.
/// </summary>
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
