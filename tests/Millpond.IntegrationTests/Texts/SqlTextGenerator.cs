namespace Millpond.IntegrationTests.Texts;

/// <summary>Makes texts that try to deceive a reader of SQL: quotes, comments and names with semicolons and keywords in them,
/// some of them broken at random.</summary>
internal sealed class SqlTextGenerator(int seed, IReadOnlyList<string> statements, IReadOnlyList<string> values)
{
    private static readonly string[] Separators = [";", "; ", ";;", ";\u00a0", ";\u3000", "; -- x'\n", "; /* \" */ ", ";\r\n"];
    private static readonly string[] Spaces = [" ", "  ", "\n", "\t", "/**/", " /* ; commit */ ", " -- ; commit\n", "\r"];
    private static readonly string[] Breaks =
    [
        "'", "\"", "$", "$$", ";", "(", ")", "/*", "*/", "--", "\n", "\r", "\\", "[", "]", "`", "e'",
        "\u00a0", "é", "ж", ":", "@",
    ];

    private readonly Random _random = new(seed);

    public string Next()
    {
        var text = One();
        for (var more = _random.Next(4); more > 0; more--)
        {
            text += Pick(Separators) + One();
        }

        for (var breaks = _random.Next(10) < 3 ? _random.Next(1, 4) : 0; breaks > 0; breaks--)
        {
            var at = _random.Next(text.Length + 1);
            text = _random.Next(2) == 0 || at == text.Length ? text.Insert(at, Pick(Breaks)) : text.Remove(at, 1);
        }

        return text;
    }

    private string One()
    {
        var one = Pick(statements)
            .Replace("{v}", Pick(values), StringComparison.Ordinal)
            .Replace("{n}", $"{_random.Next(1000)}", StringComparison.Ordinal);
        var space = one.IndexOf(' ', StringComparison.Ordinal);
        if (space > 0 && _random.Next(3) == 0)
        {
            one = one[..space].ToUpperInvariant() + Pick(Spaces) + one[(space + 1)..];
        }

        return _random.Next(8) == 0 ? Pick(Spaces) + one + Pick(Spaces) : one;
    }

    private string Pick(IReadOnlyList<string> from) => from[_random.Next(from.Count)];
}
