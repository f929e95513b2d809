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
    private readonly bool _nested;
    private int _at;

    private SqlStatements(ReadOnlySpan<char> text, bool nestedComments)
    {
        _text = text;
        _nested = nestedComments;
    }

    // What CREATE makes and has statements in it: a routine between BEGIN ATOMIC and END, a trigger between BEGIN and END.
    private enum Body
    {
        None,
        Routine,
        Trigger,
    }

    /// <summary>Gets the current statement, from its first word on.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>Starts before the first statement of a text.</summary>
    public static SqlStatements In(ReadOnlySpan<char> text) => new(text, nestedComments: true);

    /// <summary>Starts before the first statement of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="nestedComments">Whether a comment may hold comments, as <see cref="DatabaseDialect.NestsComments"/>
    /// says.</param>
    public static SqlStatements In(ReadOnlySpan<char> text, bool nestedComments) => new(text, nestedComments);

    /// <summary>Takes the next word of a statement, skipping white space and comments before it.</summary>
    /// <param name="statement">The statement; what follows the word remains.</param>
    /// <returns>The word; empty at the end or before anything that is no word.</returns>
    public static ReadOnlySpan<char> TakeWord(ref ReadOnlySpan<char> statement)
    {
        var start = SkipBlank(statement, 0, nested: true);
        var end = SkipWord(statement, start);
        var word = statement[start..end];
        statement = statement[end..];
        return word;
    }

    /// <summary>
    /// Takes the next word wherever it stands in a statement: signs, strings and comments before it are skipped, a quoted name
    /// counts as a word.
    /// </summary>
    /// <param name="statement">The statement; what follows the word remains.</param>
    /// <param name="nestedComments">Whether a comment may hold comments.</param>
    /// <returns>The word; empty at the end.</returns>
    public static ReadOnlySpan<char> FindWord(scoped ref ReadOnlySpan<char> statement, bool nestedComments)
    {
        var at = 0;
        while (at < statement.Length)
        {
            var c = statement[at];
            if (char.IsLetter(c) || c == '_')
            {
                var end = SkipWord(statement, at);
                var word = statement[at..end];
                statement = statement[end..];
                if (word is not ("e" or "E") || statement is not ['\'', ..])
                {
                    return word;
                }

                at = SkipQuoted(statement, 0, '\'', escapes: true);
            }
            else if (c == '"')
            {
                var end = SkipQuoted(statement, at, c, escapes: false);
                var name = statement[(at + 1)..end].TrimEnd('"');
                statement = statement[end..];
                return name;
            }
            else
            {
                // A number with its letters is no word.
                at = char.IsDigit(c) ? SkipWord(statement, at) : SkipToken(statement, at, nestedComments);
            }
        }

        statement = default;
        return default;
    }

    /// <summary>Moves to the next statement that is not empty.</summary>
    public bool MoveNext()
    {
        while (_at < _text.Length)
        {
            var start = SkipBlank(_text, _at, _nested);
            var end = FindEnd(_text, start, _nested);
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

    private static int FindEnd(ReadOnlySpan<char> text, int start, bool nested)
    {
        if (text[start..].IndexOf(';') < 0)   // the usual case
        {
            return text.Length;
        }

        var body = BodyOf(text[start..]);
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

                var word = text[at..end];
                depth += BodyStep(word, text[end..], body, depth);
                at = word is "e" or "E" && end < text.Length && text[end] == '\''
                    ? SkipQuoted(text, end, '\'', escapes: true)
                    : end;
            }
            else
            {
                at = SkipToken(text, at, nested);
            }
        }

        return text.Length;
    }

    private static Body BodyOf(ReadOnlySpan<char> statement)
    {
        var word = TakeWord(ref statement);
        if (!Is(word, "create"))
        {
            return Body.None;
        }

        do
        {
            word = TakeWord(ref statement);
        }
        while (Is(word, "or") || Is(word, "replace") || Is(word, "temp") || Is(word, "temporary"));

        return Is(word, "function") || Is(word, "procedure") ? Body.Routine
            : Is(word, "trigger") ? Body.Trigger
            : Body.None;
    }

    private static int BodyStep(ReadOnlySpan<char> word, ReadOnlySpan<char> after, Body body, int depth) =>
        body == Body.None ? 0
        : Is(word, "begin") ? (body == Body.Trigger || Is(TakeWord(ref after), "atomic") ? 1 : 0)
        : depth == 0 ? 0
        : Is(word, "case") ? 1
        : Is(word, "end") ? -1
        : 0;

    private static bool Is(ReadOnlySpan<char> word, string keyword) => word.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    private static int SkipBlank(ReadOnlySpan<char> text, int at, bool nested)
    {
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]) || text[at] == '\uFEFF')
            {
                at++;
            }
            else if (IsComment(text, at))
            {
                at = SkipToken(text, at, nested);
            }
            else
            {
                break;
            }
        }

        return at;
    }

    private static int SkipWord(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }

        return at;
    }

    private static bool IsComment(ReadOnlySpan<char> text, int at) =>
        at + 1 < text.Length && ((text[at] == '-' && text[at + 1] == '-') || (text[at] == '/' && text[at + 1] == '*'));

    private static int SkipToken(ReadOnlySpan<char> text, int at, bool nested) => text[at] switch
    {
        '-' when IsComment(text, at) => SkipLine(text, at),
        '/' when IsComment(text, at) => SkipBlockComment(text, at + 2, nested),
        '\'' or '"' or '`' => SkipQuoted(text, at, text[at], escapes: false),
        '[' => SkipBracketed(text, at),
        '$' => SkipDollarQuoted(text, at),
        _ => at + 1,
    };

    // For PostgreSQL a carriage return ends the line as well.
    private static int SkipLine(ReadOnlySpan<char> text, int at) =>
        text[at..].IndexOfAny('\r', '\n') is var found and >= 0 ? at + found + 1 : text.Length;

    // SQLite's quotes for a name; PostgreSQL's array, which may hold strings with brackets and semicolons of their own.
    private static int SkipBracketed(ReadOnlySpan<char> text, int at) =>
        text[at..].IndexOfAny(']', '\'', '"') is var close and >= 0 && text[at + close] == ']' ? at + close + 1 : at + 1;

    private static int SkipBlockComment(ReadOnlySpan<char> text, int at, bool nested)
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
            else if (nested && pair.StartsWith("/*"))
            {
                at++;
                depth++;
            }
        }

        return text.Length;
    }

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
