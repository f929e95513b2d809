using System.Globalization;
using System.Text;
using Millpond.Compare.Measures;
using Millpond.Compare.Peers;

namespace Millpond.Compare.Reports;

/// <summary>The Markdown tables of a run, for the console and for bench/README.md.</summary>
internal static class CompareReport
{
    private const string Head =
        "| | requests/s | × peer | CPU µs | × peer | p50 ms | p99 ms | allocated B | beyond peer | round trips |\n" +
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";

    /// <summary>Writes a table for each cell.</summary>
    public static string Tables(Ledger ledger, IReadOnlyList<ComparedPeer> peers)
    {
        var text = new StringBuilder();
        foreach (var cell in ledger.Cells)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n**{cell.Title}**\n\n{Head}");
            foreach (var peer in peers.Where(peer => ledger.Of(cell, peer.Name).Count > 0))
            {
                text.Append(Row(ledger, cell, peer));
            }
        }

        return text.ToString();
    }

    /// <summary>Formats a ratio with its minimum and maximum.</summary>
    public static string Ratio(Spread spread) => double.IsNaN(spread.Median) ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{spread.Median:0.00} ({spread.Least:0.00} to {spread.Most:0.00})");

    private static string Row(Ledger ledger, Cell cell, ComparedPeer peer)
    {
        var own = ledger.Of(cell, peer.Name);
        var compares = peer.Against is { } against && ledger.Of(cell, against).Count > 0;
        var beyond = compares
            ? Median(own, static one => one.Allocated) - Median(ledger.Of(cell, peer.Against!), static one => one.Allocated)
            : double.NaN;
        string[] cells =
        [
            peer.Name,
            Number(Median(own, static one => one.Rate), "N0"),
            compares ? Ratio(ledger.Ratio(cell, peer.Name, peer.Against!, static one => one.Rate)) : "",
            Number(Median(own, static one => one.Cpu), "N0"),
            compares ? Ratio(ledger.Ratio(cell, peer.Name, peer.Against!, static one => one.Cpu)) : "",
            Number(Median(own, static one => one.P50), "0.00"),
            Number(Median(own, static one => one.P99), "0.00"),
            Number(Median(own, static one => one.Allocated), "N0"),
            Number(beyond, "+#,##0;-#,##0;0"),
            Number(ledger.Trips(cell.Workload, peer.Name), "0.##"),
        ];
        return $"| {string.Join(" | ", cells)} |\n";
    }

    private static double Median(IReadOnlyList<Figures> rounds, Func<Figures, double> figure) =>
        Spread.Of(rounds.Select(figure)).Median;

    private static string Number(double value, string format) =>
        double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);
}
