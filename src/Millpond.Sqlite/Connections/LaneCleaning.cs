using System.Globalization;
using System.Text;
using Millpond.Sqlite.Configuration;
using Millpond.Sqlite.Statements;
using SQLitePCL;

namespace Millpond.Sqlite.Connections;

/// <summary>Undoes what a session left on a connection. For in-memory databases, whose data closing would lose.</summary>
/// <remarks>Functions and collations that were added to the driver's own connection stay, because SQLite cannot tell who added
/// them.</remarks>
internal static class LaneCleaning
{
    // All readable settings of a connection (https://www.sqlite.org/pragma.html), except for those of LanePragmas.
    private static readonly string[] Remembered =
    [
        "analysis_limit", "automatic_index", "cache_size", "cache_spill", "cell_size_check", "checkpoint_fullfsync",
        "count_changes", "defer_foreign_keys", "empty_result_callbacks", "full_column_names", "fullfsync",
        "ignore_check_constraints", "journal_mode", "journal_size_limit", "legacy_alter_table", "max_page_count",
        "read_uncommitted", "recursive_triggers", "reverse_unordered_selects", "secure_delete", "short_column_names",
        "temp_store", "threads", "trusted_schema", "writable_schema",
    ];

    /// <summary>Records the settings of a new connection. On the lane's thread.</summary>
    /// <returns>The statements that restore them.</returns>
    public static string Remember(sqlite3 handle)
    {
        var text = new StringBuilder("PRAGMA case_sensitive_like=OFF");   // it cannot be read
        foreach (var name in Remembered)
        {
            if (LaneSql.Read(handle, $"PRAGMA {name}", out var value) == ResultCode.Ok && value is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"; PRAGMA {name}={value}");
            }
        }

        return text.ToString();
    }

    /// <summary>Detaches databases, drops temporary objects and restores every PRAGMA. On the lane's thread.</summary>
    public static bool Clean(sqlite3 handle, SqliteOptions settings, string remembered)
    {
        const string Attached = "SELECT name FROM pragma_database_list WHERE seq > 1";
        while (LaneSql.Read(handle, Attached, out var attached) == ResultCode.Ok && attached is not null)
        {
            LaneSql.ThrowUnlessOk(handle, LaneSql.Execute(handle, $"DETACH {LaneSql.Quote(attached)}"));
        }

        // Both would prevent tables from being dropped: query_only directly, foreign keys through referencing rows. The
        // settings at the end restore them.
        LaneSql.ThrowUnlessOk(handle, LaneSql.Execute(handle, "PRAGMA query_only=OFF; PRAGMA foreign_keys=OFF"));

        // Triggers and indexes are dropped with their table.
        const string Next = "SELECT type || ' temp.' || '\"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_temp_schema " +
            "WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' LIMIT 1";
        while (LaneSql.Read(handle, Next, out var temporary) == ResultCode.Ok && temporary is not null)
        {
            LaneSql.ThrowUnlessOk(handle, LaneSql.Execute(handle, $"DROP {temporary}"));
        }

        LaneSql.ThrowUnlessOk(handle, LaneSql.Execute(handle, remembered));
        LaneSql.ThrowUnlessOk(handle, LaneSql.Execute(handle, LanePragmas.Text(settings)));
        return true;
    }
}
