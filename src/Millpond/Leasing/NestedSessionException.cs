using System.Globalization;
using Millpond.Diagnostics;

namespace Millpond;

/// <summary>Thrown if a session is opened inside another one of the same flow that holds a connection, and no other connection
/// is free.</summary>
/// <remarks>Over HTTP: 503 with Retry-After. The session does not wait, because holders that wait for a second connection can
/// deadlock the pool. The statement was not sent.</remarks>
public sealed class NestedSessionException : MillpondException
{
    internal NestedSessionException(string poolName, HolderSnapshot outer, string operation, bool writing)
        : base(ErrorCodes.NestedSession, Describe(poolName, outer, operation, writing))
    {
        PoolName = poolName;
        Outer = outer;
        Operation = operation;
    }

    /// <summary>Gets the pool's name.</summary>
    public string PoolName { get; }

    /// <summary>Gets the session that holds a connection.</summary>
    public HolderSnapshot Outer { get; }

    /// <summary>Gets the operation that opened the session which got no connection.</summary>
    public string Operation { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    private static string Describe(string poolName, HolderSnapshot outer, string operation, bool writing)
    {
        var wants = writing ? "the write permit" : "a second connection";
        var (holds, why) = (writing, outer.IsWriter) switch
        {
            (true, true) => ("it", "there is only one"),
            (true, false) => ("a connection", "another session is writing"),
            _ => ("one", "none is free"),
        };
        var advice = writing
            ? "Use the outer session, end it first, or open this one with Access = ReadOnly if it only reads."
            : "Use the outer session, or end it first.";
        var held = outer.Held.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        return $"{operation} needs {wants} of pool '{poolName}' inside session {outer.SessionId} of {outer.Operation}, which " +
            $"has held {holds} for {held} s, and {why}. Waiting could deadlock. {advice}";
    }
}
