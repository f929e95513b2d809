using Microsoft.Data.Sqlite;
using Millpond.Sqlite.Rows;
using SQLitePCL;

namespace Millpond.Sqlite.Statements;

/// <summary>
/// A command of the connection's own, which lends its prepared statements to the sessions' commands of the same text.
/// </summary>
/// <remarks>
/// A session's command never touches SQLite: its parameters are lent to this one while it executes. So whoever changes or
/// disposes a command finalizes nothing on a request's thread. On a lane's thread only.
/// </remarks>
internal sealed class LaneStatement(SqliteCommand command, StatementTraits traits)
{
    // SQLITE_STMTSTATUS_REPREPARE: how often SQLite compiled it anew because the schema had changed.
    private const int Recompilations = 5;

    private const int LongestWait = 30;   // seconds, where a command says "for ever"

    private ColumnSet? _columns;
    private int _columnsAt;

    public SqliteCommand Command => command;

    public StatementTraits Traits => traits;

    public bool IsKept { get; set; }

    public bool IsInUse { get; private set; }

    public long LastUse { get; set; }

    /// <summary>Takes over the parameters of a session's command.</summary>
    /// <param name="from">The command.</param>
    /// <param name="mayWait">Whether the driver may wait for a locked file, on this thread, as long as the command says.</param>
    public void Borrow(SqliteCommand from, bool mayWait)
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

    /// <summary>Lets go of them.</summary>
    public void GiveBack()
    {
        command.Parameters.Clear();
        command.CommandTimeout = StatementCache.NoWait;
        IsInUse = false;
    }

    /// <summary>Gets the columns of the result, read once for as long as the schema stays.</summary>
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
