using System.Globalization;

namespace Shop.Products;

/// <summary>Formats amounts.</summary>
internal static class Cents
{
    public static string Text(long cents) => (cents / 100m).ToString("0.00", CultureInfo.InvariantCulture);
}
