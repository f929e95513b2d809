using System.Buffers;
using Millpond.Connections;

namespace Millpond.PostgreSql;

/// <summary>Recognises commands that set something for the rest of their transaction only (S09).</summary>
/// <remarks>A help, not a fence: no text shows what a function sets.</remarks>
internal static class LocalState
{
    private const StringComparison Ignoring = StringComparison.OrdinalIgnoreCase;

    // Most texts have none of these, and are not looked at any closer.
    private static readonly SearchValues<string> Marks = SearchValues.Create(["local", "set_config", "temp"], Ignoring);

    /// <param name="text">The command's text.</param>
    public static bool IsSetBy(string text)
    {
        if (!text.AsSpan().ContainsAny(Marks))
        {
            return false;
        }

        var sql = new SqlTokens(text, SqlSyntax.PostgreSql);
        while (sql.NextStatement())
        {
            if (IsSetByVerb(sql) || Configures(sql))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsSetByVerb(SqlTokens sql) =>
        (sql.Is("set") && sql.Next() && sql.Is("local")) ||
        (sql.Is("create") && sql.Next() && (sql.Is("temp") || sql.Is("temporary")));

    private static bool Configures(SqlTokens sql)
    {
        do
        {
            if (sql.Is("set_config"))
            {
                return true;
            }
        }
        while (sql.Next());

        return false;
    }
}
