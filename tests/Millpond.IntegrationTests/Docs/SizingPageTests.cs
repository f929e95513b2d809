using System.Globalization;
using Xunit;

namespace Millpond.IntegrationTests.Docs;

/// <summary>The numbers on the page about sizing are those that the library calculates.</summary>
public sealed class SizingPageTests
{
    /// <summary>The table's rows: sessions per second, hold and wait in milliseconds, busy and needed connections.</summary>
    public static TheoryData<int, int, int, int, int> Rows =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "docs/sizing.md"))
            .Where(static line => line.Length > 2 && line[0] == '|' && char.IsAsciiDigit(line[2]))
            .Select(static line => line.Split('|').Select(Number).ToArray())
            .Select(static row => (row[1], row[2], row[5], row[3], row[4])),
    ];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_row_of_the_table_is_what_PoolAdvice_says(int rate, int hold, int wait, int busy, int needed)
    {
        var advice = Advice(rate, hold, wait);

        Assert.Equal((busy, needed), ((int)Math.Round(advice.Busy), advice.Needed));
    }

    [Fact]
    public void The_examples_in_the_text_are_what_PoolAdvice_says()
    {
        Assert.Equal((6, 26), (Advice(100, 20, 10).Needed, Advice(1_000, 20, 10).Needed));
        var idle = Advice(300, 100, 10, 0.8);
        Assert.Equal((42, 11), (idle.Needed, idle.NeededWithoutIdle));
    }

    private static PoolAdvice Advice(int rate, int hold, int wait, double idle = 0) =>
        PoolAdvice.For(rate, TimeSpan.FromMilliseconds(hold), TimeSpan.FromMilliseconds(wait), idle);

    private static int Number(string cell) =>
        int.TryParse(cell.Replace("ms", "", StringComparison.Ordinal).Trim(), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number) ? number : 0;
}
