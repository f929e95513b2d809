namespace Millpond.Dapper;

/// <summary>Knows, piece by piece of a statement, whether the next hole stands where a parameter can stand.</summary>
internal struct SqlLexer
{
    private const char LineComment = '-';
    private const char BlockComment = '*';
    private const char DollarQuote = '$';

    private char _inside;   // a quote, or one of the marks above; zero: plain SQL
    private bool _escapes;
    private string? _tag;

    /// <summary>Gets what the text is inside of, for a message; null where a parameter can stand.</summary>
    public readonly string? Inside => _inside switch
    {
        '\0' => null,
        '\'' => "a string in quotes",
        LineComment or BlockComment => "a comment",
        DollarQuote => "a dollar-quoted string",
        _ => "a quoted name",
    };

    /// <summary>Reads the next piece of literal text.</summary>
    public void Read(ReadOnlySpan<char> text)
    {
        for (var at = 0; at < text.Length;)
        {
            at = _inside == '\0' ? ReadPlain(text, at) : ReadInside(text, at);
        }
    }

    private int ReadPlain(ReadOnlySpan<char> text, int at)
    {
        var rest = text[at..];
        switch (text[at])
        {
            case '\'' or '"' or '`':
                _inside = text[at];
                _escapes = text[at] == '\'' && IsAfterE(text, at);
                return at + 1;
            case '-' when rest.StartsWith("--"):
                _inside = LineComment;
                return at + 2;
            case '/' when rest.StartsWith("/*"):
                _inside = BlockComment;
                return at + 2;
            case '$' when ReadTag(rest) is { } tag:
                (_inside, _tag) = (DollarQuote, tag);
                return at + tag.Length;
            default:
                return at + 1;
        }
    }

    /// <summary>Says whether a quote follows a lone E, as PostgreSQL's strings with escapes begin.</summary>
    private static bool IsAfterE(ReadOnlySpan<char> text, int at) =>
        at > 0 && text[at - 1] is 'e' or 'E' && (at == 1 || !char.IsLetterOrDigit(text[at - 2]));

    private int ReadInside(ReadOnlySpan<char> text, int at)
    {
        var (end, length) = _inside switch
        {
            LineComment => (text[at..].IndexOf('\n'), 1),
            BlockComment => (text[at..].IndexOf("*/"), 2),
            DollarQuote => (text[at..].IndexOf(_tag), _tag!.Length),
            _ => (FindQuote(text[at..]), 1),
        };
        if (end < 0)
        {
            return text.Length;
        }

        _inside = '\0';
        return at + end + length;
    }

    /// <summary>Finds the closing quote; a doubled one ends a string and begins the next, which comes to the same.</summary>
    private readonly int FindQuote(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (_escapes && text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == _inside)
            {
                return i;
            }
        }

        return -1;
    }

    private static string? ReadTag(ReadOnlySpan<char> text)
    {
        var end = 1;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        var isTag = end < text.Length && text[end] == '$' && (end == 1 || !char.IsDigit(text[1]));   // $1 is a parameter
        return isTag ? text[..(end + 1)].ToString() : null;
    }
}
