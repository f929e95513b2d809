using System.Globalization;
using System.Text;

namespace Millpond.Sqlite.Rows;

/// <summary>Converts cells to .NET types by the rules of SQLite and its driver.</summary>
internal static class CellConversion
{
    private const DateTimeStyles InUtc = DateTimeStyles.AdjustToUniversal;
    private const double MillisecondsPerDay = 86_400_000;

    // The driver's own switch for the time zone behaviour of versions before 10.
    private static readonly bool BeforeTen =
        AppContext.TryGetSwitch("Microsoft.Data.Sqlite.Pre10TimeZoneHandling", out var isOn) && isOn;

    public static long ToInt64(in Cell cell) =>
        cell.IsInteger ? cell.Integer
        : cell.IsReal ? Saturate(cell.Real)
        : NumberText.ToInt64(TextOf(cell));

    public static double ToDouble(in Cell cell) =>
        cell.IsReal ? cell.Real
        : cell.IsInteger ? cell.Integer
        : NumberText.ToDouble(TextOf(cell));

    public static string ToText(in Cell cell) =>
        cell.Text ?? (cell.IsInteger ? cell.Integer.ToString(CultureInfo.InvariantCulture)
        : cell.IsReal ? NumberText.Of(cell.Real)
        : TextOf(cell));

    public static byte[] ToBlob(in Cell cell) => cell.Blob ?? Encoding.UTF8.GetBytes(ToText(cell));

    public static decimal ToDecimal(in Cell cell) => cell.IsInteger
        ? cell.Integer
        : decimal.Parse(ToText(cell), NumberStyles.Number | NumberStyles.AllowExponent, CultureInfo.InvariantCulture);

    public static char ToChar(in Cell cell) => cell.Text is { Length: 1 } text ? text[0] : checked((char)ToInt64(cell));

    public static Guid ToGuid(in Cell cell) => cell.Blob switch
    {
        { Length: 16 } bytes => new Guid(bytes),
        { } bytes => new Guid(Encoding.UTF8.GetString(bytes)),
        _ => new Guid(ToText(cell)),
    };

    public static TimeSpan ToTimeSpan(in Cell cell) => cell.IsInteger || cell.IsReal
        ? TimeSpan.FromDays(ToDouble(cell))
        : TimeSpan.Parse(ToText(cell), CultureInfo.InvariantCulture);

    public static DateTime ToDateTime(in Cell cell) => cell.IsInteger || cell.IsReal
        ? FromJulianDay(ToDouble(cell))
        : DateTime.Parse(ToText(cell), CultureInfo.InvariantCulture, BeforeTen ? DateTimeStyles.None : InUtc);

    public static DateTimeOffset ToDateTimeOffset(in Cell cell)
    {
        if (cell.IsInteger || cell.IsReal)
        {
            var day = FromJulianDay(ToDouble(cell));
            return BeforeTen ? new DateTimeOffset(day) : new DateTimeOffset(day, TimeSpan.Zero);
        }

        return DateTimeOffset.Parse(
            ToText(cell), CultureInfo.InvariantCulture, BeforeTen ? DateTimeStyles.None : DateTimeStyles.AssumeUniversal);
    }

    public static DateOnly ToDateOnly(in Cell cell) => cell.IsInteger || cell.IsReal
        ? DateOnly.FromDateTime(FromJulianDay(ToDouble(cell)))
        : DateOnly.Parse(ToText(cell), CultureInfo.InvariantCulture);

    public static TimeOnly ToTimeOnly(in Cell cell) => TimeOnly.Parse(ToText(cell), CultureInfo.InvariantCulture);

    private static string TextOf(in Cell cell) =>
        cell.Text ?? (cell.Blob is { } blob ? Encoding.UTF8.GetString(blob) : "");

    private static long Saturate(double value) =>
        value >= long.MaxValue ? long.MaxValue
        : value <= long.MinValue ? long.MinValue
        : (long)value;

    /// <summary>Converts a Julian day to a date: days since noon, 24 November 4714 B.C.</summary>
    private static DateTime FromJulianDay(double day)
    {
        const double FirstDay = 1_721_425.5;   // 1 January of the year 1
        var milliseconds = Math.Floor((day * MillisecondsPerDay) + 0.5) - (FirstDay * MillisecondsPerDay);
        return DateTime.MinValue.AddMilliseconds(milliseconds);
    }
}
