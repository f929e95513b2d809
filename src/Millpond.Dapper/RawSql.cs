namespace Millpond;

/// <summary>SQL text that is used unchanged, created by <see cref="Sql.Raw"/>.</summary>
/// <remarks>Immutable. There is deliberately no conversion from <see cref="string"/>.</remarks>
public readonly struct RawSql
{
    private readonly string? _text;

    internal RawSql(string text, string member, string file, int line)
    {
        _text = text;
        Member = member;
        File = file;
        Line = line;
    }

    internal string Text => _text ?? throw new InvalidOperationException("This RawSql has no text; create it with Sql.Raw.");

    internal string Member { get; }

    internal string File { get; }

    internal int Line { get; }

    /// <summary>Gets the text.</summary>
    /// <returns>The SQL text, or an empty string for a default value.</returns>
    public override string ToString() => _text ?? "";
}
