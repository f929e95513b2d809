using System.Globalization;
using System.Text;

namespace Millpond.TestPrices;

/// <summary>The prices in Markdown: they are read in the console and stand in bench/README.md.</summary>
internal static class PriceTable
{
    public static string Of(IReadOnlyList<Price> prices)
    {
        var text = new StringBuilder("\n| way | median ms | p99 ms | ratio | to |\n| --- | --- | --- | --- | --- |\n");
        foreach (var price in prices)
        {
            var ratio = price.Ratio is { } spread
                ? string.Create(
                    CultureInfo.InvariantCulture, $"{spread.Median:0.000} ({spread.Least:0.000} to {spread.Most:0.000})")
                : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {price.Way.Name} | {price.Median:0.00} | {price.P99:0.00} | {ratio} | {price.Way.Against} |\n");
        }

        return text.ToString();
    }
}
