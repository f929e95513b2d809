using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Millpond.Providers;

/// <summary>Reads the statements of a command's text, token by token, like the database's own lexer.</summary>
/// <remarks>The only parser of SQL text. It decides what a session rejects or records, never what the database does. A
/// statement includes a routine's body from BEGIN ATOMIC to END, a trigger's to END, and on PostgreSQL what is in parentheses,
/// as Npgsql splits it.</remarks>
[Experimental(ProviderSeam.Id)]
public ref struct SqlTokens
{
    private readonly ReadOnlySpan<char> _text;
    private readonly SqlSyntax _syntax;
    private SqlBody _body;
    private int _depth;
    private bool _hasStatement;

    /// <summary>Starts before the first statement of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="syntax">Its syntax.</param>
    public SqlTokens(ReadOnlySpan<char> text, SqlSyntax syntax)
    {
        _text = text;
        _syntax = syntax;
    }

    /// <summary>Gets what the current token is.</summary>
    public SqlTokenKind Kind { get; private set; }

    /// <summary>Gets where the current token begins.</summary>
    public int Start { get; private set; }

    /// <summary>Gets where the current token ends.</summary>
    public int End { get; private set; }

    /// <summary>Gets the text of the current token.</summary>
    public readonly ReadOnlySpan<char> Text => _text[Start..End];

    /// <summary>Gets the name of the current token, without its quotes; empty if it is not a name.</summary>
    public readonly string Name => Kind switch
    {
        SqlTokenKind.Word => Text.ToString(),
        SqlTokenKind.QuotedName or SqlTokenKind.QuotedString => Unquote(Text),   // SQLite takes strings for names too
        _ => "",
    };

    /// <summary>Moves to the first token of the next statement that is not empty.</summary>
    /// <returns>False if there is none.</returns>
    public bool NextStatement()
    {
        if (_hasStatement && _text[End..].IndexOf(';') < 0)   // the usual case
        {
            (_hasStatement, Start, End) = (false, _text.Length, _text.Length);
        }

        while (_hasStatement && Next())
        {
        }

        (_body, _depth) = (default, 0);
        while (ReadSignificant())
        {
            if (Text is not ";")
            {
                _hasStatement = true;
                Follow();
                return true;
            }

            SkipSpaceOfDriver();
        }

        return false;
    }

    /// <summary>Moves to the next token of the current statement.</summary>
    /// <returns>False at the end of the statement.</returns>
    public bool Next()
    {
        if (!_hasStatement || !ReadSignificant())
        {
            _hasStatement = false;
            return false;
        }

        if (Text is ";" && _depth == 0 && !_body.IsOpen)
        {
            SkipSpaceOfDriver();
            (_hasStatement, Kind, Start) = (false, SqlTokenKind.None, End);
            return false;
        }

        Follow();
        return true;
    }

    /// <summary>Moves to the next token, including comments and the end of a statement.</summary>
    /// <returns>False at the end of the text.</returns>
    public bool Read()
    {
        var at = End;
        while (at < _text.Length && IsSpace(_text[at]))
        {
            at++;
        }

        Start = at;
        End = at;
        if (at == _text.Length)
        {
            Kind = SqlTokenKind.None;
            return false;
        }

        (Kind, End) = _text[at] switch
        {
            '-' when At(at + 1) == '-' => (SqlTokenKind.Comment, SkipLine(at)),
            '/' when At(at + 1) == '*' => (SqlTokenKind.Comment, SkipBlock(at + 2)),
            '\'' => (SqlTokenKind.QuotedString, SkipQuoted(at, '\'')),
            '"' => (SqlTokenKind.QuotedName, SkipQuoted(at, '"')),
            var c when IsNameStart(c) => ReadWord(at),
            var c when char.IsAsciiDigit(c) => (SqlTokenKind.Number, SkipNumber(at)),
            _ when IsSqlite => ReadSqlite(at),
            _ => ReadPostgreSql(at),
        };
        return true;
    }

    /// <summary>Returns whether the current token is this keyword.</summary>
    /// <param name="keyword">The keyword.</param>
    public readonly bool Is(string keyword) =>
        Kind == SqlTokenKind.Word && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    internal readonly bool IsSqlite => _syntax == SqlSyntax.Sqlite;

    private bool ReadSignificant()
    {
        while (Read())
        {
            if (Kind != SqlTokenKind.Comment)
            {
                return true;
            }
        }

        return false;
    }

    private void Follow()
    {
        _body.Follow(this);
        if (!IsSqlite && Kind == SqlTokenKind.Sign)
        {
            _depth += Text switch
            {
                "(" => 1,
                ")" => -1,
                _ => 0,
            };
        }
    }

    /// <summary>Skips what Npgsql removes after a semicolon. For the server it would be the beginning of a name.</summary>
    private void SkipSpaceOfDriver()
    {
        while (!IsSqlite && End < _text.Length && char.IsWhiteSpace(_text[End]))
        {
            End++;
        }
    }

    private readonly char At(int at) => at < _text.Length ? _text[at] : '\0';

    private readonly bool IsSpace(char c) =>
        c is ' ' or '\t' or '\n' or '\r' or '\f' || (c == '\uFEFF' && IsSqlite);

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_' || c >= '\u0080';

    private static bool IsNamePart(char c) => IsNameStart(c) || char.IsAsciiDigit(c) || c == '$';

    private readonly int Skip(int at, Func<char, bool> isPart)
    {
        while (at < _text.Length && isPart(_text[at]))
        {
            at++;
        }

        return at;
    }

    private readonly int SkipNumber(int at) => IsSqlite
        ? Skip(at, static c => c == '.' || IsNamePart(c))
        : Skip(at, static c => c == '.' || (c != '$' && IsNamePart(c)));

    private readonly (SqlTokenKind Kind, int End) ReadWord(int at) =>
        !IsSqlite && _text[at] is 'e' or 'E' && At(at + 1) == '\''
            ? (SqlTokenKind.QuotedString, SkipEscaped(at + 1))
            : (SqlTokenKind.Word, Skip(at, IsNamePart));

    private readonly (SqlTokenKind Kind, int End) ReadPostgreSql(int at)
    {
        switch (_text[at])
        {
            case '$' when SkipDollarString(at) is var end and > 0:
                return (SqlTokenKind.DollarQuotedString, end);
            case '$' when char.IsAsciiDigit(At(at + 1)):
                return (SqlTokenKind.Parameter, Skip(at + 1, char.IsAsciiDigit));
            case '@' or ':' when IsPlaceholderPart(At(at + 1)) && (at == 0 || _text[at - 1] != _text[at]):
                return (SqlTokenKind.Parameter, Skip(at + 1, IsPlaceholderPart));
            default:
                return (SqlTokenKind.Sign, at + 1);
        }
    }

    // Npgsql's own rule.
    private static bool IsPlaceholderPart(char c) => char.IsLetterOrDigit(c) || c is '_' or '.';

    private readonly (SqlTokenKind Kind, int End) ReadSqlite(int at) => _text[at] switch
    {
        '`' => (SqlTokenKind.QuotedName, SkipQuoted(at, '`')),
        '[' => (SqlTokenKind.QuotedName, _text[at..].IndexOf(']') is var close and >= 0 ? at + close + 1 : _text.Length),
        '?' => (SqlTokenKind.Parameter, Skip(at + 1, char.IsAsciiDigit)),
        '$' or '@' or ':' or '#' => (SqlTokenKind.Parameter, SkipVariable(at + 1)),
        _ => (SqlTokenKind.Sign, at + 1),
    };

    // SQLite supports Tcl's variables: $name::part(anything without a space).
    private readonly int SkipVariable(int at)
    {
        var first = at;
        for (; at < _text.Length; at++)
        {
            if (_text[at] == '(' && at > first)
            {
                at = Skip(at, static c => c != ')' && !char.IsWhiteSpace(c));
                return At(at) == ')' ? at + 1 : at;
            }

            if (_text[at] == ':' && At(at + 1) == ':')
            {
                at++;
            }
            else if (!IsNamePart(_text[at]))
            {
                break;
            }
        }

        return at;
    }

    // For PostgreSQL a carriage return ends the line as well.
    private readonly int SkipLine(int at)
    {
        var end = !IsSqlite ? _text[at..].IndexOfAny('\r', '\n') : _text[at..].IndexOf('\n');
        return end < 0 ? _text.Length : at + end + 1;
    }

    private readonly int SkipBlock(int at)
    {
        for (var depth = 1; at < _text.Length; at++)
        {
            if (_text[at] == '*' && At(at + 1) == '/')
            {
                at++;
                if (--depth == 0)
                {
                    return at + 1;
                }
            }
            else if (_text[at] == '/' && At(at + 1) == '*' && !IsSqlite)
            {
                at++;
                depth++;
            }
        }

        return _text.Length;
    }

    private readonly int SkipQuoted(int at, char quote)
    {
        for (at++; at < _text.Length; at++)
        {
            if (_text[at] == quote && At(++at) != quote)
            {
                return at;
            }
        }

        return _text.Length;
    }

    private readonly int SkipEscaped(int at)
    {
        for (at++; at < _text.Length; at++)
        {
            if (_text[at] == '\\')
            {
                at++;
            }
            else if (_text[at] == '\'')
            {
                var next = FindContinuation(at + 1);
                if (next < 0)
                {
                    return at + 1;   // a doubled quote begins the next string, which is equivalent except for the escapes
                }

                at = next;
            }
        }

        return _text.Length;
    }

    /// <summary>Finds the quote that continues a string: immediately, or after white space that contains a new line.</summary>
    private readonly int FindContinuation(int at)
    {
        if (At(at) == '\'')
        {
            return at;
        }

        var hasLine = false;
        while (at < _text.Length)
        {
            var isComment = _text[at] == '-' && At(at + 1) == '-';
            if (!isComment && !IsSpace(_text[at]))
            {
                break;
            }

            var end = isComment ? SkipLine(at) : at + 1;
            hasLine |= _text[end - 1] is '\n' or '\r';
            at = end;
        }

        return hasLine && At(at) == '\'' ? at : -1;
    }

    /// <summary>Skips a dollar-quoted string.</summary>
    /// <returns>0 if there is none.</returns>
    private readonly int SkipDollarString(int at)
    {
        var end = Skip(at + 1, static c => c != '$' && IsNamePart(c));
        if (At(end) != '$' || char.IsAsciiDigit(_text[at + 1]))
        {
            return 0;   // $1 is a parameter
        }

        var tag = _text[at..(end + 1)];
        var close = _text[(end + 1)..].IndexOf(tag);
        return close < 0 ? _text.Length : end + 1 + close + tag.Length;
    }

    private static string Unquote(ReadOnlySpan<char> text)
    {
        var close = text[0] == '[' ? ']' : text[0];
        var name = new StringBuilder(text.Length);
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == close && (++at == text.Length || text[at] != close))   // a doubled one is part of the name
            {
                break;
            }

            name.Append(text[at]);
        }

        return name.ToString();
    }
}
