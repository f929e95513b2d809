namespace Millpond.Leasing;

/// <summary>Formats command texts for messages.</summary>
internal static class CommandText
{
    private const int Longest = 200;

    /// <summary>Puts a text on one line and limits its length.</summary>
    /// <remarks>Reads no further than needed: a text may be long, and a full pool shows many.</remarks>
    public static string Shorten(string text)
    {
        Span<char> line = stackalloc char[Longest];
        var length = 0;
        var gap = false;
        foreach (var letter in text)
        {
            if (char.IsWhiteSpace(letter))
            {
                gap = length > 0;
                continue;
            }

            if (length + (gap ? 1 : 0) >= Longest)
            {
                return gap && length < Longest ? $"{line[..length]} …" : $"{line[..length]}…";
            }

            if (gap)
            {
                line[length++] = ' ';
                gap = false;
            }

            line[length++] = letter;
        }

        return text.AsSpan().SequenceEqual(line[..length]) ? text : new string(line[..length]);
    }
}
