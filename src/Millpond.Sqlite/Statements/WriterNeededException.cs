using Microsoft.Data.Sqlite;

namespace Millpond.Sqlite.Statements;

/// <summary>
/// Says, before anything was executed, that a reader's command would write; the session then becomes the writer (G32).
/// </summary>
internal sealed class WriterNeededException()
    : SqliteException("This command writes, but the session does not hold the write permit.", ResultCode.ReadOnly);
