using System.Globalization;

namespace Bank.Input;

/// <summary>Whole numbers in paths and queries.</summary>
internal static class Digits
{
    /// <summary>Reads a number that is written in the digits 0 to 9 and nothing else.</summary>
    public static bool TryRead(string? text, out long number)
    {
        number = 0;
        return text is not null
            && text.All(char.IsAsciiDigit)   // the parser alone would overlook a U+0000 at the end
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
