namespace Millpond;

/// <summary>How a session accesses data.</summary>
public enum SessionAccess
{
    /// <summary>GET, HEAD, OPTIONS and TRACE begin as readers, everything else as a writer. Both may write.</summary>
    Auto,

    /// <summary>Reads and writes.</summary>
    ReadWrite,

    /// <summary>Read-only. The database itself rejects writes.</summary>
    ReadOnly,

    /// <summary>Begins as a reader and may write.</summary>
    /// <remarks>On SQLite it takes the write permit with its first write instead of its first statement. If it has read before,
    /// and another session is writing or has written in the meantime, that write fails with <see
    /// cref="SerializationConflictException"/>; <see cref="DbSessionOptions.Retries"/> runs the work again as a writer. For
    /// work that rarely writes after its reads, or is slow between them.</remarks>
    ReadFirst,
}
