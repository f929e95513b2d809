using System.Diagnostics.CodeAnalysis;

namespace Millpond.Connections;

/// <summary>Walks over the statements of a command's text, far enough to know the words each begins with.</summary>
/// <remarks>
/// It knows comments (nested, as PostgreSQL has them), quoted strings and names, dollar quotes, and bodies between BEGIN and END
/// inside CREATE. It is no parser: it decides what a session must refuse or remember, never what the database does.
/// </remarks>
[Experimental(ProviderSeam.Id)]
public ref struct SqlStatements
{
    private readonly ReadOnlySpan<char> _text;
    private int _at;

    private SqlStatements(ReadOnlySpan<char> text)
    {
        _text = text;
    }

    /// <summary>Gets the current statement, from its first word on.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>Starts before the first statement of a text.</summary>
    public static SqlStatements In(ReadOnlySpan<char> text) => new(text);

    /// <summary>Takes the next word of a statement, skipping white space and comments before it.</summary>
    /// <param name="statement">The statement; what follows the word remains.</param>
    /// <returns>The word; empty at the end or before anything that is no word.</returns>
    public static ReadOnlySpan<char> TakeWord(ref ReadOnlySpan<char> statement)
    {
        var start = SkipBlank(statement, 0);
        var end = start;
        while (end < statement.Length && (char.IsLetterOrDigit(statement[end]) || statement[end] == '_'))
        {
            end++;
        }

        var word = statement[start..end];
        statement = statement[end..];
        return word;
    }

    /// <summary>Moves to the next statement that is not empty.</summary>
    public bool MoveNext()
    {
        while (_at < _text.Length)
        {
            var start = SkipBlank(_text, _at);
            var end = FindEnd(_text, start);
            _at = end + 1;
            if (start < end)
            {
                Current = _text[start..end];
                return true;
            }
        }

        Current = default;
        return false;
    }

    private static int FindEnd(ReadOnlySpan<char> text, int start)
    {
        if (text[start..].IndexOf(';') < 0)   // the usual case
        {
            return text.Length;
        }

        var rest = text[start..];
        var hasBody = TakeWord(ref rest).Equals("create", StringComparison.OrdinalIgnoreCase);
        var depth = 0;
        var at = start;
        while (at < text.Length)
        {
            var c = text[at];
            if (c == ';' && depth == 0)
            {
                return at;
            }

            if (char.IsLetter(c) || c == '_')
            {
                var end = at;
                while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '$'))
                {
                    end++;
                }

                depth += hasBody ? BodyStep(text[at..end], depth) : 0;
                at = end;
            }
            else
            {
                at = SkipToken(text, at);
            }
        }

        return text.Length;
    }

    private static int BodyStep(ReadOnlySpan<char> word, int depth) =>
        word.Equals("begin", StringComparison.OrdinalIgnoreCase) ? 1
        : depth == 0 ? 0
        : word.Equals("case", StringComparison.OrdinalIgnoreCase) ? 1
        : word.Equals("end", StringComparison.OrdinalIgnoreCase) ? -1
        : 0;

    private static int SkipBlank(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]) || text[at] == '\uFEFF')
            {
                at++;
            }
            else if (IsComment(text, at))
            {
                at = SkipToken(text, at);
            }
            else
            {
                break;
            }
        }

        return at;
    }

    private static bool IsComment(ReadOnlySpan<char> text, int at) =>
        at + 1 < text.Length && ((text[at] == '-' && text[at + 1] == '-') || (text[at] == '/' && text[at + 1] == '*'));

    private static int SkipToken(ReadOnlySpan<char> text, int at) => text[at] switch
    {
        '-' when IsComment(text, at) => After(text, at, "\n"),
        '/' when IsComment(text, at) => SkipBlockComment(text, at + 2),
        '\'' => SkipQuoted(text, at, '\'', IsEscapeString(text, at)),
        '"' or '`' => SkipQuoted(text, at, text[at], escapes: false),
        '[' => text[at..].IndexOf(']') is var close and >= 0 ? at + close + 1 : at + 1,
        '$' => SkipDollarQuoted(text, at),
        _ => at + 1,
    };

    private static int After(ReadOnlySpan<char> text, int at, string mark) =>
        text[at..].IndexOf(mark, StringComparison.Ordinal) is var found and >= 0 ? at + found + mark.Length : text.Length;

    private static int SkipBlockComment(ReadOnlySpan<char> text, int at)
    {
        for (var depth = 1; at < text.Length; at++)
        {
            var pair = text[at..];
            if (pair.StartsWith("*/"))
            {
                at++;
                if (--depth == 0)
                {
                    return at + 1;
                }
            }
            else if (pair.StartsWith("/*"))
            {
                at++;
                depth++;
            }
        }

        return text.Length;
    }

    /// <summary>Says whether a quote follows a lone E, as PostgreSQL's strings with escapes begin; like'\' is none.</summary>
    private static bool IsEscapeString(ReadOnlySpan<char> text, int at) =>
        at > 0 && text[at - 1] is 'e' or 'E' && (at == 1 || !(char.IsLetterOrDigit(text[at - 2]) || text[at - 2] == '_'));

    private static int SkipQuoted(ReadOnlySpan<char> text, int at, char quote, bool escapes)
    {
        for (at++; at < text.Length; at++)
        {
            if (escapes && text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == quote)
            {
                return at + 1;   // a doubled quote simply opens the next string
            }
        }

        return text.Length;
    }

    private static int SkipDollarQuoted(ReadOnlySpan<char> text, int at)
    {
        var end = at + 1;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        if (end >= text.Length || text[end] != '$' || (end > at + 1 && char.IsDigit(text[at + 1])))
        {
            return at + 1;   // $1 is a parameter
        }

        var tag = text[at..(end + 1)];
        var close = text[(end + 1)..].IndexOf(tag);
        return close < 0 ? text.Length : end + 1 + close + tag.Length;
    }
}
