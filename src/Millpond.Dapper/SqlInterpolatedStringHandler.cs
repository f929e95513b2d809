using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Dapper;

namespace Millpond.Dapper;

/// <summary>An interpolated string as a statement: its literal text is SQL, its holes are parameters.</summary>
/// <remarks>
/// <para>The compiler makes it out of <c>$"select name from users where id = {id}"</c>; nobody writes it by hand. A collection
/// in a hole is what Dapper makes of it: expanded for <c>in {ids}</c>, but on PostgreSQL an array, for <c>= any({ids})</c>. A
/// hole of <see cref="RawSql"/> is put in as text. Formats and alignments (<c>{id:N2}</c>) do not compile: a parameter has
/// none.</para>
/// <para>For one statement, used once; not thread-safe.</para>
/// </remarks>
[InterpolatedStringHandler]
[EditorBrowsable(EditorBrowsableState.Never)]
public struct SqlInterpolatedStringHandler
{
    private readonly StringBuilder _text;
    private readonly string _member;
    private readonly string _file;
    private readonly int _line;
    private DynamicParameters? _parameters;
    private SqlLexer _lexer;
    private int _count;

    /// <summary>Begins a statement.</summary>
    /// <param name="literalLength">How many characters its literal text has.</param>
    /// <param name="formattedCount">How many holes it has.</param>
    /// <param name="member">Filled in by the compiler, for messages.</param>
    /// <param name="file">Filled in by the compiler, for messages.</param>
    /// <param name="line">Filled in by the compiler, for messages.</param>
    public SqlInterpolatedStringHandler(
        int literalLength,
        int formattedCount,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        (_member, _file, _line) = (member, file, line);
        _text = new StringBuilder(literalLength + (formattedCount * 4));
    }

    /// <summary>Adds SQL text.</summary>
    /// <param name="value">The text between two holes.</param>
    public void AppendLiteral(string value)
    {
        _text.Append(value);
        _lexer.Read(value);
    }

    /// <summary>Adds a parameter.</summary>
    /// <typeparam name="T">Its type, for the driver to choose the database's.</typeparam>
    /// <param name="value">Its value.</param>
    /// <exception cref="InvalidOperationException">The hole stands inside quotes or a comment, where it would be
    /// text.</exception>
    public void AppendFormatted<T>(T value)
    {
        if (_lexer.Inside is { } place)
        {
            throw new InvalidOperationException(
                $"Hole {_count + 1} of the statement stands inside {place}, where a parameter is only text. Take the quotes " +
                "away: a parameter needs none. For a pattern, put the value together first: like {pattern}.");
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"p{_count++}");
        (_parameters ??= new DynamicParameters()).Add(name, value);
        _text.Append('@').Append(name);
    }

    /// <summary>Adds SQL text out of a hole.</summary>
    /// <param name="value">The text, made by <see cref="Sql.Raw"/>.</param>
    public void AppendFormatted(RawSql value) => AppendLiteral(value.Text);

    internal readonly SqlStatement ToStatement() => new(_text.ToString(), _parameters, _member, _file, _line);
}
