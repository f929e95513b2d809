namespace Millpond.Sessions;

/// <summary>Whether a session's statements belong together.</summary>
public enum SessionMode
{
    /// <summary>One transaction from the first statement to the commit point.</summary>
    Transaction,

    /// <summary>Each statement commits by itself; the commit point has nothing left to do.</summary>
    Autocommit,
}
