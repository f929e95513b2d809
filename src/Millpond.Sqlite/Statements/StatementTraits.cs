using System.Text;
using Millpond.Providers;
using SQLitePCL;

namespace Millpond.Sqlite.Statements;

/// <summary>The effects of a command's text on a connection.</summary>
/// <param name="ReadsOnly">Whether none of its statements writes. False if that is not known in advance.</param>
/// <param name="IsSingle">Whether it is a single statement.</param>
/// <param name="IsLasting">Whether SQLite could prepare all of it, so the result is valid for later executions.</param>
/// <param name="Dirties">Whether it leaves state on the connection that outlives the transaction (G33).</param>
internal readonly record struct StatementTraits(bool ReadsOnly, bool IsSingle, bool IsLasting, bool Dirties)
{
    private const StringComparison Ignoring = StringComparison.OrdinalIgnoreCase;

    // PRAGMAs whose parenthesised argument selects what to read. For all others it is a value to set.
    private static readonly HashSet<string> Readings = new(StringComparer.OrdinalIgnoreCase)
    {
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
        "foreign_key_check", "integrity_check", "quick_check", "wal_checkpoint", "incremental_vacuum", "optimize",
    };

    /// <summary>Analyses a text, with SQLite's own information where available. On a lane's thread.</summary>
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
                // It may be valid only after the preceding statements. If it is the first one, executing it fails in the same
                // way.
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

    /// <summary>Returns whether a text leaves state on the connection that a later session could notice.</summary>
    public static bool LeavesState(string text)
    {
        var sql = new SqlTokens(text, SqlSyntax.Sqlite);
        while (sql.NextStatement())
        {
            while (sql.Is("explain") || sql.Is("query") || sql.Is("plan"))   // EXPLAIN of a PRAGMA executes it
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

    /// <summary>Returns whether a statement is VACUUM INTO, which reads the database and writes another file.</summary>
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

    // CREATE TEMP TABLE t, CREATE TABLE temp.t, "temp".t: in doubt, any temp counts.
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
