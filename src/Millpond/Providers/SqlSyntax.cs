using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>The SQL syntax of a text, as far as comments, quotes and names differ.</summary>
[Experimental(ProviderSeam.Id)]
public enum SqlSyntax
{
    /// <summary>PostgreSQL's: nested comments, dollar quotes, strings with escapes (<c>E'…'</c>).</summary>
    PostgreSql,

    /// <summary>SQLite's: names in brackets and backticks, variables with a dollar sign, triggers that contain
    /// statements.</summary>
    Sqlite,
}
