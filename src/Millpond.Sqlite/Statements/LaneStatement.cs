using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Rows;
using SQLitePCL;

namespace Millpond.Sqlite.Statements;

/// <summary>A command of the connection, which shares its prepared statements with sessions' commands of the same
/// text.</summary>
/// <remarks>A session's command never uses SQLite directly: this one borrows its parameters while it executes. So changing or
/// disposing a command finalizes nothing on a request's thread. On a lane's thread only.</remarks>
internal sealed class LaneStatement(SqliteCommand command, StatementTraits traits)
{
    // SQLITE_STMTSTATUS_REPREPARE: how often SQLite recompiled it because the schema had changed.
    private const int Recompilations = 5;

    private const int LongestWait = 30;   // seconds, if the command has no limit

    private ColumnSet? _columns;
    private int _columnsAt;

    public SqliteCommand Command => command;

    public StatementTraits Traits => traits;

    public bool IsKept { get; set; }

    public bool IsInUse { get; private set; }

    public long LastUse { get; set; }

    /// <summary>Borrows the parameters of a session's command.</summary>
    /// <param name="from">The command.</param>
    /// <param name="mayWait">Whether the driver may wait for a locked file, on this thread, as long as the command
    /// allows.</param>
    public void BorrowParameters(SqliteCommand from, bool mayWait)
    {
        IsInUse = true;
        if (mayWait)
        {
            command.CommandTimeout = from.CommandTimeout > 0 ? from.CommandTimeout : LongestWait;
        }

        for (var i = 0; i < from.Parameters.Count; i++)
        {
            command.Parameters.Add(from.Parameters[i]);
        }
    }

    /// <summary>Returns the parameters.</summary>
    public void ReturnParameters()
    {
        command.Parameters.Clear();
        command.CommandTimeout = StatementCache.NoWait;
        IsInUse = false;
    }

    /// <summary>Gets the columns of the result, read once until the schema changes.</summary>
    public ColumnSet ColumnsOf(sqlite3_stmt statement)
    {
        if (!traits.IsSingle)
        {
            return ColumnSet.Read(statement);
        }

        var compiled = raw.sqlite3_stmt_status(statement, Recompilations, 0);
        if (_columns is null || _columnsAt != compiled)
        {
            _columns = ColumnSet.Read(statement);
            _columnsAt = compiled;
        }

        return _columns;
    }
}
