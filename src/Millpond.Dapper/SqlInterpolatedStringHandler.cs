using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text;
using Millpond.Dapper;

namespace Millpond;

/// <summary>An interpolated string as a statement: its literal text is SQL, its holes are parameters.</summary>
/// <remarks>
/// <para>The compiler makes it out of <c>$"select name from users where id = {id}"</c>; nobody writes it by hand. A parameter
/// has the static type of its hole, a null too, and goes to the driver as it is: what the driver can write, a hole can hold.
/// Exceptions are Dapper's: a type with a <c>SqlMapper.TypeHandler</c>, and a collection, which is expanded for <c>in
/// {ids}</c>, but on PostgreSQL is an array, for <c>= any({ids})</c>. An enum is its number, unless it is mapped to a type of
/// PostgreSQL.</para>
/// <para>A hole may hold a parameter of the driver's own, for what the type alone does not say: <c>{new
/// NpgsqlParameter("", NpgsqlDbType.Jsonb) { Value = json }}</c>. Equal holes (the same expression with the same value) are one
/// parameter. A hole of <see cref="RawSql"/> is put in as text. Formats and alignments (<c>{id:N2}</c>) do not compile: a
/// parameter has none.</para>
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
    private SqlHoles? _holes;
    private bool _isAfterHole;

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
        if (_isAfterHole && value is [var first, ..] && (IsGlue(first) || first == '('))
        {
            _text.Append(' ');
        }

        _text.Append(value);
        _isAfterHole = false;
    }

    /// <summary>Adds a parameter.</summary>
    /// <typeparam name="T">Its type, by which the driver chooses the database's.</typeparam>
    /// <param name="value">Its value.</param>
    /// <param name="expression">Filled in by the compiler: equal holes are one parameter.</param>
    public void AppendFormatted<T>(T value, [CallerArgumentExpression(nameof(value))] string expression = "")
    {
        if (_text.Length > 0 && IsGlue(_text[^1]))
        {
            _text.Append(' ');
        }

        _text.Append((_holes ??= new SqlHoles()).Add(value, expression, _text.Length));
        _isAfterHole = true;
    }

    /// <summary>Adds SQL text out of a hole.</summary>
    /// <param name="value">The text, made by <see cref="Sql.Raw"/>.</param>
    public void AppendFormatted(RawSql value) => AppendLiteral(value.Text);

    internal readonly SqlStatement ToStatement() => new(_text.ToString(), _holes, _member, _file, _line);

    // What would become one token with the placeholder.
    private static bool IsGlue(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' or '.' or '@';
}
