using SQLitePCL;

namespace Millpond.Sqlite;

/// <summary>Undoes on a connection what a session left there. For databases in memory, which closing would lose.</summary>
/// <remarks>
/// Values that a session set by PRAGMA are set back where this library sets them; others stay, as nobody knows what they were.
/// </remarks>
internal static class LaneCleaning
{
    /// <summary>Detaches databases, drops temporary objects and sets our own PRAGMAs again. On the lane's thread.</summary>
    public static bool Clean(sqlite3 handle, SqliteSettings settings)
    {
        const string Attached = "SELECT name FROM pragma_database_list WHERE seq > 1";
        while (LaneSql.Read(handle, Attached, out var attached) == ResultCode.Ok && attached is not null)
        {
            LaneSql.ThrowUnlessOk(handle, LaneSql.Execute(handle, $"DETACH {LaneSql.Quote(attached)}"));
        }

        // Triggers and indexes go with their table.
        const string Next = "SELECT type || ' temp.' || '\"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_temp_schema " +
            "WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' LIMIT 1";
        while (LaneSql.Read(handle, Next, out var temporary) == ResultCode.Ok && temporary is not null)
        {
            LaneSql.ThrowUnlessOk(handle, LaneSql.Execute(handle, $"DROP {temporary}"));
        }

        LaneSql.ThrowUnlessOk(handle, LaneSql.Execute(handle, LanePragmas.Text(settings)));
        return true;
    }
}
