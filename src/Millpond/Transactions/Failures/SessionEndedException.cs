using System.Globalization;
using Millpond.Diagnostics;
using Millpond.Leasing;
using Millpond.Transactions;

namespace Millpond;

/// <summary>Thrown if a session is used after its end.</summary>
public sealed class SessionEndedException : MillpondException
{
    internal SessionEndedException(string operation, SessionEnd end)
        : this(operation, end, "has ended", "Use a separate session for work that outlives it")
    {
    }

    private SessionEndedException(string operation, SessionEnd end, string what, string advice)
        : base(
            ErrorCodes.SessionEnded,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The session of {operation} {what}: {end.How} at {end.At:HH:mm:ss.fff} UTC. ") +
            $"{advice}: inject DbEngine and call RunAsync.")
    {
        Operation = operation;
        Reason = end.How;
        EndedAt = end.At;
    }

    internal static SessionEndedException OnlyReads(string operation, SessionEnd commitPoint) => new(
        operation,
        commitPoint,
        "is past its commit point and read-only",
        "Use a separate session for writes");

    internal static SessionEndedException StateIsLost(string operation, SessionEnd commitPoint, string statement) => new(
        operation,
        commitPoint,
        $"cannot read after its commit point, because the effect of '{CommandText.Shorten(statement)}' ended there",
        "Read before the response begins, or set it in OnBegin, which runs for each read. Or use a separate session");

    /// <summary>Gets the operation that opened the session.</summary>
    public string Operation { get; }

    /// <summary>Gets how it ended.</summary>
    public string Reason { get; }

    /// <summary>Gets when it ended.</summary>
    public DateTimeOffset EndedAt { get; }
}
