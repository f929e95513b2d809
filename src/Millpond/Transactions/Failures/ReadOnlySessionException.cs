using Millpond.Diagnostics;
using Millpond.Leasing;
using Millpond.Transactions;

namespace Millpond;

/// <summary>Thrown if the database rejected a write because the session is read-only: it was opened so, it is past its commit
/// point, or nothing would commit it.</summary>
/// <remarks>The inner exception is the database's own error, or null if the statement was not sent. Over HTTP: 500.</remarks>
public sealed class ReadOnlySessionException : MillpondException
{
    internal ReadOnlySessionException(SessionOrigin origin, SessionEnd? commitPoint, Exception refusal)
        : this(origin, Describe(origin, commitPoint, "the database rejected a write"), refusal)
    {
    }

    private ReadOnlySessionException(SessionOrigin origin, string message, Exception? refusal)
        : base(ErrorCodes.ReadOnlySession, message, refusal) =>
        Operation = origin.Operation;

    internal static ReadOnlySessionException CannotQueue(SessionOrigin origin) =>
        new(origin, Describe(origin, commitPoint: null, "no statement can be queued in it"), refusal: null);

    /// <summary>Gets the operation that opened the session.</summary>
    /// <value>The endpoint's method and route, or the place in the code.</value>
    public string Operation { get; }

    private static string Describe(SessionOrigin origin, SessionEnd? commitPoint, string refused) =>
        commitPoint is not null
            ? $"The session of {origin.Operation} is past its commit point ({commitPoint.How}) and read-only: " +
                $"{refused}. Write before that, or in a separate session: inject DbEngine and call RunAsync."
        : origin.Uncommitted is { } reason
            ? $"The session of {origin.Operation} is read-only, because {reason} and nothing would commit it: " +
                $"{refused}. In a request, call UseMillpond before the code that writes (for gRPC and SignalR also " +
                "AddMillpond after AddGrpc and AddSignalR). Elsewhere call RunAsync of DbEngine or RunInSessionAsync of the " +
                "service provider, which commit."
        : $"The session of {origin.Operation} is read-only, and {refused}. Declare Access = ReadWrite where the session is " +
            "opened, or remove the write.";
}
