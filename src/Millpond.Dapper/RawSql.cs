namespace Millpond.Dapper;

/// <summary>SQL text that is used as it stands; made by <see cref="Sql.Raw"/>.</summary>
/// <remarks>Immutable. There is no conversion from <see cref="string"/>: that is its purpose.</remarks>
public readonly struct RawSql
{
    private readonly string? _text;

    internal RawSql(string text)
    {
        _text = text;
    }

    internal string Text => _text ?? throw new InvalidOperationException("This RawSql holds no text; make it by Sql.Raw.");

    /// <summary>Gets the text.</summary>
    /// <returns>The SQL text; empty for a default value.</returns>
    public override string ToString() => _text ?? "";
}
