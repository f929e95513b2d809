using System.Diagnostics;
using Millpond.Compare.Measures;

namespace Millpond.TestPrices;

/// <summary>Measures all ways in turn, round by round, so that a busy moment of the machine affects all of them.</summary>
internal static class PriceRun
{
    public static async Task<IReadOnlyList<Price>> RunAsync(
        IReadOnlyList<Way> ways, PriceOptions options, Action<string> tell, CancellationToken cancellationToken)
    {
        foreach (var way in ways)
        {
            tell(way.Name);
            await SliceAsync(way, Math.Max(2, way.Tests / 4), cancellationToken);
        }

        var slices = ways.ToDictionary(static way => way.Name, static _ => new List<double[]>());
        for (var round = 1; round <= options.Rounds; round++)
        {
            tell($"round {round}");
            foreach (var way in ways)
            {
                slices[way.Name].Add(
                    await SliceAsync(way, options.IsQuick ? Math.Max(2, way.Tests / 10) : way.Tests, cancellationToken));
            }
        }

        return [.. ways.Select(way => PriceOf(way, slices))];
    }

    private static Price PriceOf(Way way, Dictionary<string, List<double[]>> slices)
    {
        double[] all = [.. slices[way.Name].SelectMany(static slice => slice).Order()];
        Spread? ratio = way.Against is not { } other ? null
            : Spread.Of(slices[way.Name].Zip(slices[other], static (own, theirs) => Median(own) / Median(theirs)));
        return new Price(way, Median(all), all[Math.Min(all.Length - 1, (int)(all.Length * 0.99))], ratio);
    }

    private static double Median(IEnumerable<double> values) => Spread.Of(values).Median;

    private static async Task<double[]> SliceAsync(Way way, int tests, CancellationToken cancellationToken)
    {
        var prices = new double[tests];
        for (var test = 0; test < tests; test++)
        {
            var start = Stopwatch.GetTimestamp();
            await way.Begin(cancellationToken);
            var price = Stopwatch.GetElapsedTime(start);
            await way.Test(cancellationToken);
            if (way.Rest > TimeSpan.Zero)
            {
                await Task.Delay(way.Rest, cancellationToken);
            }

            start = Stopwatch.GetTimestamp();
            await way.End(cancellationToken);
            prices[test] = (price + Stopwatch.GetElapsedTime(start)).TotalMilliseconds;
        }

        return prices;
    }
}
