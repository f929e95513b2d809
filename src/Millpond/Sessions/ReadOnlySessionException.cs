using Millpond.Diagnostics;

namespace Millpond.Sessions;

/// <summary>Says that a session which was opened to read only tried to write, and that the database refused (S15).</summary>
/// <remarks>Its inner exception is the database's own error. Over HTTP: 500, for it is the program's fault.</remarks>
public sealed class ReadOnlySessionException : MillpondException
{
    internal ReadOnlySessionException(string operation, SessionEnd? commitPoint, Exception refusal)
        : base(
            ErrorCodes.ReadOnlySession,
            commitPoint is null
                ? $"The session of {operation} is read-only, and the database refused to write in it. Declare Access = " +
                    "ReadWrite where the session is opened, or leave the write out."
                : $"The session of {operation} is past its commit point ({commitPoint.How}) and only reads: the database " +
                    "refused to write in it. Write before the response begins, or in a session of its own: inject DbEngine and " +
                    "call RunAsync.",
            refusal) =>
        Operation = operation;

    /// <summary>Gets who opened the session.</summary>
    /// <value>The endpoint's method and route, or the place in the code.</value>
    public string Operation { get; }
}
