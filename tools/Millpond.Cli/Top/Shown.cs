using static System.FormattableString;

namespace Millpond.Cli.Top;

/// <summary>Formats what a live page sent. It may come from anywhere, so control characters are removed.</summary>
internal static class Shown
{
    private const int MaxLength = 100;
    private const int MaxSentences = 500;

    /// <summary>Formats a name or a statement.</summary>
    public static string Text(string? text) => Cut(text, MaxLength);

    public static string Sentences(string? text) => Cut(text, MaxSentences);

    public static string Duration(TimeSpan time) => Invariant($"{(int)time.TotalHours}:{time:mm\\:ss}");

    public static string Time(double milliseconds) =>
        milliseconds < 1_000 ? Invariant($"{milliseconds:0.#} ms") : Invariant($"{milliseconds / 1_000:0.0} s");

    public static string Share(double share) => Invariant($"{share * 100:0} %");

    public static string Rate(double perSecond) => Invariant($"{perSecond:0.#}/s");

    private static string Cut(string? text, int length)
    {
        var line = string.Concat((text ?? "").Select(static one => char.IsControl(one) ? ' ' : one)).Trim();
        return line.Length > length ? line[..(length - 1)] + '…' : line;
    }
}
