namespace Millpond;

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

    /// <summary>Begins as a reader and may write.</summary>
    /// <remarks>On SQLite it takes the write permit with its first write instead of its first statement. When it has read
    /// before, and another session writes or has written meanwhile, that write fails with <see
    /// cref="SerializationConflictException"/>; <see cref="DbSessionOptions.Retries"/> runs the work again as a writer. For
    /// work that seldom writes after its reads, or is slow between them.</remarks>
    ReadFirst,
}
