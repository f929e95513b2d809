using Millpond.Diagnostics;

namespace Millpond.Sessions;

/// <summary>Says that a session which was opened to read only tried to write, and that the database refused (S15).</summary>
/// <remarks>Its inner exception is the database's own error. Over HTTP: 500, for it is the program's fault.</remarks>
public sealed class ReadOnlySessionException : MillpondException
{
    internal ReadOnlySessionException(string operation, Exception refusal)
        : base(
            ErrorCodes.ReadOnlySession,
            $"The session of {operation} is read-only, and the database refused to write in it. Declare Access = ReadWrite " +
            "where the session is opened, or leave the write out.",
            refusal) =>
        Operation = operation;

    /// <summary>Gets who opened the session.</summary>
    /// <value>The endpoint's method and route, or the place in the code.</value>
    public string Operation { get; }
}
