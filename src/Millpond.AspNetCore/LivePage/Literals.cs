using System.Text;
using System.Text.RegularExpressions;
using Millpond.Providers;

namespace Millpond.AspNetCore.LivePage;

/// <summary>Replaces the literals in SQL text, which may be data.</summary>
internal static partial class Literals
{
    /// <summary>Replaces strings and numbers by question marks and removes comments.</summary>
    public static string Hide(string sql, bool isSqlite)
    {
        var tokens = new SqlTokens(sql, isSqlite ? SqlSyntax.Sqlite : SqlSyntax.PostgreSql);
        var shown = new StringBuilder(sql.Length);
        var at = 0;
        while (tokens.Read())
        {
            shown.Append(sql, at, tokens.Start - at);
            at = tokens.End;
            shown.Append(tokens.Kind switch
            {
                SqlTokenKind.QuotedString or SqlTokenKind.DollarQuotedString or SqlTokenKind.Number => "?",
                SqlTokenKind.Comment => "",
                _ => tokens.Text,
            });
        }

        return shown.ToString();
    }

    /// <summary>Does so in one of the places of a finding: a statement, the place of a call, or both.</summary>
    public static string HideInSite(string site, bool isSqlite)
    {
        var place = Place().Match(site).Length;
        return string.Concat(site.AsSpan(0, place), Hide(site[place..], isSqlite));
    }

    // Load (Reports.cs:42)
    [GeneratedRegex(@"^\S{1,200} \([^()]{1,200}:\d{1,9}\)(: )?", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
