using Microsoft.Data.Sqlite;
using SQLitePCL;
using DriverConnection = Microsoft.Data.Sqlite.SqliteConnection;

namespace Millpond.Sqlite.Statements;

/// <summary>A connection's prepared statements, by text; they stay from session to session. On a lane's thread only.</summary>
internal sealed class StatementCache(DriverConnection connection)
{
    private const int Capacity = 100;
    private const int LongestText = 8_000;   // longer ones are written by programs, and rarely twice the same

    /// <summary>What has the driver report a locked file at once instead of sleeping: a negative time is always over.</summary>
    /// <remarks>0 would mean for ever.</remarks>
    public const int NoWait = -1;

    private readonly Dictionary<string, LaneStatement> _kept = new(StringComparer.Ordinal);
    private readonly Dictionary<string, sqlite3_stmt> _own = new(StringComparer.Ordinal);
    private long _uses;

    /// <summary>Takes a statement for one execution.</summary>
    public LaneStatement Take(string text)
    {
        if (_kept.TryGetValue(text, out var found) && !found.IsInUse)
        {
            found.LastUse = ++_uses;
            return found;
        }

        var command = new SqliteCommand(text, connection) { CommandTimeout = NoWait };
        var statement = new LaneStatement(command, StatementTraits.Read(connection.Handle!, text));
        if (found is null && statement.Traits.IsLasting && text.Length <= LongestText)
        {
            MakeRoom();
            statement.IsKept = true;
            statement.LastUse = ++_uses;
            _kept.Add(text, statement);
        }

        return statement;
    }

    /// <summary>Gives it back after the execution.</summary>
    public static void Return(LaneStatement statement)
    {
        statement.GiveBack();
        if (!statement.IsKept)
        {
            statement.Command.Dispose();
        }
    }

    /// <summary>Executes a statement of every session's, past the driver, and throws what SQLite says is wrong.</summary>
    public void Execute(string text)
    {
        var handle = connection.Handle!;
        if (!_own.TryGetValue(text, out var statement))
        {
            LaneSql.ThrowUnlessOk(handle, raw.sqlite3_prepare_v3(handle, text, raw.SQLITE_PREPARE_PERSISTENT, out statement));
            _own.Add(text, statement);
        }

        while (raw.sqlite3_step(statement) == ResultCode.Row)
        {
        }

        var code = raw.sqlite3_reset(statement);   // of the step
        LaneSql.ThrowUnlessOk(handle, code == ResultCode.Ok ? code : raw.sqlite3_extended_errcode(handle));
    }

    /// <summary>Finalizes everything.</summary>
    public void Clear()
    {
        foreach (var statement in _own.Values)
        {
            statement.Dispose();
        }

        _own.Clear();
        foreach (var statement in _kept.Values)
        {
            statement.Command.Dispose();
        }

        _kept.Clear();
    }

    private void MakeRoom()
    {
        if (_kept.Count < Capacity)
        {
            return;
        }

        var (text, oldest) = _kept.MinBy(static pair => pair.Value.LastUse);
        _kept.Remove(text);
        oldest.IsKept = false;
        if (!oldest.IsInUse)
        {
            oldest.Command.Dispose();
        }
    }
}
