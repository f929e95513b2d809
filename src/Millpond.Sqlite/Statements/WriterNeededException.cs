using Microsoft.Data.Sqlite;

namespace Millpond.Sqlite.Statements;

/// <summary>Thrown before a reader's command that would write is executed. The session then becomes the writer (G32).</summary>
internal sealed class WriterNeededException()
    : SqliteException("This command writes, but the session does not hold the write permit.", ResultCode.ReadOnly);
