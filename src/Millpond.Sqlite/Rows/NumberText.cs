using System.Globalization;

namespace Millpond.Sqlite.Rows;

/// <summary>Converts numbers and texts by SQLite's rules: a numeric prefix counts, and the rest is ignored.</summary>
internal static class NumberText
{
    public static long ToInt64(string text)
    {
        var body = text.AsSpan().TrimStart();
        var end = EndOfInteger(body);
        if (long.TryParse(body[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        return !body[..end].ContainsAnyInRange('0', '9') ? 0 : body[0] == '-' ? long.MinValue : long.MaxValue;
    }

    public static double ToDouble(string text)
    {
        var body = text.AsSpan().TrimStart();
        var end = EndOfInteger(body);
        if (end < body.Length && body[end] == '.')
        {
            end += 1 + CountDigits(body[(end + 1)..]);
        }

        if (end < body.Length && body[end] is 'e' or 'E')
        {
            var exponent = EndOfInteger(body[(end + 1)..]);
            if (body.Slice(end + 1, exponent).ContainsAnyInRange('0', '9'))
            {
                end += 1 + exponent;
            }
        }

        return double.TryParse(body[..end], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }

    /// <summary>Writes a number as SQLite does, always with a point. It has the fewest digits that read back to the same
    /// number, while SQLite writes up to 17 digits, the last of which are not always exact.</summary>
    public static string Of(double value)
    {
        if (double.IsInfinity(value))
        {
            return value > 0 ? "Inf" : "-Inf";
        }

        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var exponent = text.IndexOf('E', StringComparison.Ordinal);
        var (mantissa, tail) = exponent < 0 ? (text, "") : (text[..exponent], $"e{text[(exponent + 1)..]}");
        return mantissa.Contains('.', StringComparison.Ordinal) ? $"{mantissa}{tail}" : $"{mantissa}.0{tail}";
    }

    private static int EndOfInteger(ReadOnlySpan<char> text)
    {
        var sign = text is ['+' or '-', ..] ? 1 : 0;
        return sign + CountDigits(text[sign..]);
    }

    private static int CountDigits(ReadOnlySpan<char> text) =>
        text.IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? end : text.Length;
}
