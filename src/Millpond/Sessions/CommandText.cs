namespace Millpond.Sessions;

/// <summary>Command texts as messages show them.</summary>
internal static class CommandText
{
    private const int Longest = 200;

    /// <summary>Puts a text on one line and caps its length.</summary>
    public static string Shorten(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= Longest ? line : string.Concat(line.AsSpan(0, Longest), "…");
    }
}
