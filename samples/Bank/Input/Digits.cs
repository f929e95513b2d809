using System.Globalization;

namespace Bank.Input;

/// <summary>Parses whole numbers in paths and queries.</summary>
internal static class Digits
{
    /// <summary>Parses a number that consists of the digits 0 to 9 only.</summary>
    public static bool TryRead(string? text, out long number)
    {
        number = 0;
        return text is not null
            && text.All(char.IsAsciiDigit)   // the parser alone would accept a U+0000 at the end
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
