using System.Globalization;

namespace Millpond.Cli.Input;

/// <summary>Reads numbers with units.</summary>
internal static class Quantity
{
    private static readonly (string Unit, double Milliseconds)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("", 1)];
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Reads a duration: 20ms, 0.5s, 2m; a bare number is in milliseconds.</summary>
    /// <exception cref="UsageException">It is none, or longer than a day.</exception>
    public static TimeSpan Duration(string option, string text)
    {
        var (unit, milliseconds) = Units.First(one => text.EndsWith(one.Unit, StringComparison.Ordinal));
        return Number(text[..^unit.Length]) is { } number && number * milliseconds <= Longest.TotalMilliseconds
            ? TimeSpan.FromMilliseconds(number * milliseconds)
            : throw new UsageException($"{option} is '{text}'; give a duration up to a day, such as 20ms or 0.5s.");
    }

    /// <summary>Reads a share: 60% or 0.6.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static double Share(string option, string text)
    {
        var share = text.EndsWith('%') ? Number(text[..^1]) / 100 : Number(text);
        return share is >= 0 and <= 1
            ? share.Value
            : throw new UsageException($"{option} is '{text}'; give a share, such as 60% or 0.6.");
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) &&
        double.IsFinite(number)
            ? number
            : null;
}
