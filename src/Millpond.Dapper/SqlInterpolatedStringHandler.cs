using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text;
using Millpond.Dapper;

namespace Millpond;

/// <summary>An interpolated string as a statement: its literal text is SQL, and its values are parameters.</summary>
/// <remarks>
/// <para>The compiler creates it from <c>$"select name from users where id = {id}"</c>. A parameter has the static type of its
/// expression, even if the value is null, and is passed to the driver unchanged, so any type that the driver can write is
/// allowed. Exceptions are Dapper's: a type with a <c>SqlMapper.TypeHandler</c>, and a collection, which is expanded for <c>in
/// {ids}</c>, but on PostgreSQL is an array, for <c>= any({ids})</c>. An enum is sent as its number, unless it is mapped to a
/// PostgreSQL type.</para>
/// <para>A value may be a parameter of the driver's own, if the type alone is ambiguous: <c>{new NpgsqlParameter("",
/// NpgsqlDbType.Jsonb) { Value = json }}</c>. Equal values (the same expression with the same value) share one parameter. A
/// <see cref="RawSql"/> is inserted as text. Formats and alignments (<c>{id:N2}</c>) do not compile.</para>
/// <para>For one statement, used once. Not thread-safe.</para>
/// </remarks>
[InterpolatedStringHandler]
[EditorBrowsable(EditorBrowsableState.Never)]
public struct SqlInterpolatedStringHandler
{
    private readonly StringBuilder _text;
    private readonly string _member;
    private readonly string _file;
    private readonly int _line;
    private SqlHoles? _holes;
    private bool _isAfterHole;

    /// <summary>Begins a statement.</summary>
    /// <param name="literalLength">The number of characters of its literal text.</param>
    /// <param name="formattedCount">The number of its interpolated values.</param>
    /// <param name="member">Set by the compiler, for messages.</param>
    /// <param name="file">Set by the compiler, for messages.</param>
    /// <param name="line">Set by the compiler, for messages.</param>
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
    /// <param name="value">The text between two values.</param>
    public void AppendLiteral(string value)
    {
        if (_isAfterHole && value is [var first, ..] && (IsGlue(first) || first == '('))
        {
            _text.Append(' ');
        }

        _text.Append(value);
        _isAfterHole = false;
    }

    /// <summary>Adds a parameter.</summary>
    /// <typeparam name="T">Its type, from which the driver derives the database type.</typeparam>
    /// <param name="value">Its value.</param>
    /// <param name="expression">Set by the compiler. Equal values share one parameter.</param>
    public void AppendFormatted<T>(T value, [CallerArgumentExpression(nameof(value))] string expression = "")
    {
        if (_text.Length > 0 && IsGlue(_text[^1]))
        {
            _text.Append(' ');
        }

        _text.Append((_holes ??= new SqlHoles()).Add(value, expression, _text.Length));
        _isAfterHole = true;
    }

    /// <summary>Adds SQL text.</summary>
    /// <param name="value">The text, created by <see cref="Sql.Raw"/>.</param>
    public void AppendFormatted(RawSql value) => AppendLiteral(value.Text);

    internal readonly SqlStatement ToStatement() => new(_text.ToString(), _holes, _member, _file, _line);

    // Whether a character would form one token with the placeholder.
    private static bool IsGlue(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' or '.' or '@';
}
