namespace Millpond.Sessions;

/// <summary>What a session means to do with the data.</summary>
public enum SessionAccess
{
    /// <summary>
    /// Decide by the circumstances: GET, HEAD, OPTIONS and TRACE begin as readers, and so does whatever is run again after a
    /// conflict (<see cref="DbSessionOptions.Retries"/>). Everything else begins as a writer. Both may write.
    /// </summary>
    Auto,

    /// <summary>Reads and writes.</summary>
    ReadWrite,

    /// <summary>Reads only; the database itself refuses a write.</summary>
    ReadOnly,

    /// <summary>Begins as a reader and may write.</summary>
    /// <remarks>On SQLite it takes the write permit with its first write instead of its first statement. When it has read
    /// before, and another session writes or has written meanwhile, that write fails with <see
    /// cref="SerializationConflictException"/>. For work that is slow between its reads and a rare write.</remarks>
    ReadFirst,
}
