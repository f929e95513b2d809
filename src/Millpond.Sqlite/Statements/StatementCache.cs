using Microsoft.Data.Sqlite;
using SQLitePCL;
using DriverConnection = Microsoft.Data.Sqlite.SqliteConnection;

namespace Millpond.Sqlite.Statements;

/// <summary>The prepared statements of a connection, by text. They are kept from session to session. On a lane's thread
/// only.</summary>
internal sealed class StatementCache(DriverConnection connection)
{
    private const int Capacity = 100;
    private const int LongestText = 8_000;   // longer ones are generated and rarely repeated

    /// <summary>A timeout that makes the driver report a locked file immediately instead of sleeping.</summary>
    /// <remarks>0 would mean no limit.</remarks>
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
            RemoveOldest();
            statement.IsKept = true;
            statement.LastUse = ++_uses;
            _kept.Add(text, statement);
        }

        return statement;
    }

    /// <summary>Returns it after the execution.</summary>
    public static void Return(LaneStatement statement)
    {
        statement.ReturnParameters();
        if (!statement.IsKept)
        {
            statement.Command.Dispose();
        }
    }

    /// <summary>Executes an internal statement without the driver, and throws SQLite's error.</summary>
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

    private void RemoveOldest()
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
