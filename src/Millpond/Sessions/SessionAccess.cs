namespace Millpond.Sessions;

/// <summary>What a session means to do with the data.</summary>
public enum SessionAccess
{
    /// <summary>
    /// Decide by the circumstances: GET, HEAD, OPTIONS and TRACE begin as readers, everything else as a writer. Both may write.
    /// </summary>
    Auto,

    /// <summary>Reads and writes.</summary>
    ReadWrite,

    /// <summary>Reads only; the database itself refuses a write.</summary>
    ReadOnly,
}
