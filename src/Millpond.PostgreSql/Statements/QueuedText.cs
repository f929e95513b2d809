using Millpond.Providers;

namespace Millpond.PostgreSql.Statements;

/// <summary>Determines from a queued statement's text whether its result could precede the next command's.</summary>
internal static class QueuedText
{
    private const StringComparison Ignoring = StringComparison.OrdinalIgnoreCase;

    private static readonly string[] Silent = ["insert", "update", "delete", "merge", "truncate", "lock", "notify", "set"];

    /// <summary>Returns whether it may return rows. In doubt it does, which costs a round trip.</summary>
    public static bool MayReturnRows(string text)
    {
        var sql = new SqlTokens(text, SqlSyntax.PostgreSql);
        if (sql.NextStatement())
        {
            foreach (var verb in Silent)
            {
                if (sql.Is(verb))
                {
                    return text.Contains("returning", Ignoring);
                }
            }
        }

        return true;
    }
}
