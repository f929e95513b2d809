using System.Text;
using Millpond.Providers;
using SQLitePCL;

namespace Millpond.Sqlite.Statements;

/// <summary>What a command's text would do to a connection.</summary>
/// <param name="ReadsOnly">Whether no statement of it writes. False where that cannot be known in advance.</param>
/// <param name="IsSingle">Whether it is one statement.</param>
/// <param name="IsLasting">Whether SQLite could prepare all of it, so that this holds the next time too.</param>
/// <param name="Dirties">Whether it leaves something on the connection that outlives the transaction (G33).</param>
internal readonly record struct StatementTraits(bool ReadsOnly, bool IsSingle, bool IsLasting, bool Dirties)
{
    private const StringComparison Ignoring = StringComparison.OrdinalIgnoreCase;

    // Those whose argument in parentheses names what to look at; with any other it is a value to set.
    private static readonly HashSet<string> Readings = new(StringComparer.OrdinalIgnoreCase)
    {
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
        "foreign_key_check", "integrity_check", "quick_check", "wal_checkpoint", "incremental_vacuum", "optimize",
    };

    /// <summary>Finds out about a text, by SQLite's own word where there is one. On a lane's thread.</summary>
    public static StatementTraits Read(sqlite3 handle, string text)
    {
        var rest = (ReadOnlySpan<byte>)Encoding.UTF8.GetBytes(text);
        var statements = 0;
        var readsOnly = true;
        var isLasting = true;
        while (rest.Length > 0)
        {
            if (raw.sqlite3_prepare_v2(handle, rest, out var statement, out rest) != ResultCode.Ok)
            {
                // It may only make sense after what stands before it. When it is the first, executing it fails in the same way.
                isLasting = false;
                readsOnly &= statements == 0;
                break;
            }

            using (statement)
            {
                if (!statement.IsInvalid)
                {
                    statements++;
                    readsOnly &= raw.sqlite3_stmt_readonly(statement) != 0 || raw.sqlite3_stmt_isexplain(statement) != 0 ||
                        IsCopy(raw.sqlite3_sql(statement).utf8_to_string());
                }
            }
        }

        return new StatementTraits(readsOnly, isLasting && statements == 1, isLasting, LeavesState(text));
    }

    /// <summary>Finds out whether a text leaves something on the connection that a later session could notice.</summary>
    public static bool LeavesState(string text)
    {
        var sql = new SqlTokens(text, SqlSyntax.Sqlite);
        while (sql.NextStatement())
        {
            while (sql.Is("explain") || sql.Is("query") || sql.Is("plan"))   // it explains a PRAGMA, and SQLite obeys that too
            {
                sql.Next();
            }

            if (sql.Is("attach") || sql.Is("detach") ||
                (sql.Is("pragma") && Sets(sql)) ||
                (sql.Is("create") && IsTemporary(sql)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Says whether a statement is VACUUM INTO, which reads the database and writes another file.</summary>
    private static bool IsCopy(string statement)
    {
        var sql = new SqlTokens(statement, SqlSyntax.Sqlite);
        if (!sql.NextStatement() || !sql.Is("vacuum"))
        {
            return false;
        }

        while (sql.Next())
        {
            if (sql.Is("into"))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Sets(SqlTokens sql)
    {
        var name = "";
        while (sql.Next())
        {
            if (sql.Text is "=")
            {
                return true;
            }

            if (sql.Text is "(")
            {
                return !Readings.Contains(name);
            }

            name = sql.Name;
        }

        return false;
    }

    // CREATE TEMP TABLE t, CREATE TABLE temp.t, "temp".t: any temp is in doubt one of them.
    private static bool IsTemporary(SqlTokens sql)
    {
        while (sql.Next())
        {
            if (sql.Name.Equals("temp", Ignoring) || sql.Name.Equals("temporary", Ignoring))
            {
                return true;
            }
        }

        return false;
    }
}
