using System.Diagnostics.CodeAnalysis;

namespace Millpond.Providers;

/// <summary>The kind of a token of SQL text.</summary>
[Experimental(ProviderSeam.Id)]
public enum SqlTokenKind
{
    /// <summary>No token: the text is at its end or not begun.</summary>
    None,

    /// <summary>A keyword or a name without quotes.</summary>
    Word,

    /// <summary>A name in quotes, brackets or backticks.</summary>
    QuotedName,

    /// <summary>A string.</summary>
    QuotedString,

    /// <summary>A string in dollar quotes.</summary>
    DollarQuotedString,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A placeholder of a parameter.</summary>
    Parameter,

    /// <summary>A comment.</summary>
    Comment,

    /// <summary>Any other character.</summary>
    Sign,
}
