using Millpond.Connections;

namespace Millpond.Sessions;

/// <summary>What a text's first word says of it.</summary>
internal static class SqlVerb
{
    /// <summary>Says whether a text begins by a verb that changes rows.</summary>
    public static bool Writes(string text, SqlSyntax syntax)
    {
        var sql = new SqlTokens(text, syntax);
        return sql.NextStatement() && (sql.Is("insert") || sql.Is("update") || sql.Is("delete") || sql.Is("merge"));
    }
}
