using System.Globalization;
using Millpond.Diagnostics;

namespace Millpond.Sessions;

/// <summary>Says that a session was used after its end (S08).</summary>
public sealed class SessionEndedException : MillpondException
{
    internal SessionEndedException(string operation, SessionEnd end)
        : base(
            ErrorCodes.SessionEnded,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The session of {operation} is over: {end.How} at {end.At:HH:mm:ss.fff} UTC. ") +
            "Work that outlives it opens a session of its own: inject DbEngine and call RunAsync.")
    {
        Operation = operation;
        How = end.How;
        EndedAt = end.At;
    }

    /// <summary>Gets who opened the session.</summary>
    public string Operation { get; }

    /// <summary>Gets how it ended.</summary>
    public string How { get; }

    /// <summary>Gets when it ended.</summary>
    public DateTimeOffset EndedAt { get; }
}
