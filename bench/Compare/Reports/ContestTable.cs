using System.Globalization;
using System.Text;
using Millpond.Compare.InProcess;

namespace Millpond.Compare.Reports;

/// <summary>The table of the contests without HTTP.</summary>
internal static class ContestTable
{
    public static string Of(IEnumerable<ContestResult> results)
    {
        var text = new StringBuilder(
            "\n**In process, one task**\n\n" +
            "| | by hand µs | time × | allocated B | beyond by hand |\n| --- | --- | --- | --- | --- |\n");
        foreach (var one in results)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {one.Name} | {one.Theirs:N1} | {CompareReport.Ratio(one.Time)} | {one.Allocated:N0} | ");
            text.Append(CultureInfo.InvariantCulture, $"{one.Allocated - one.TheirAllocated:+#,##0;-#,##0;0} |\n");
        }

        return text.ToString();
    }
}
