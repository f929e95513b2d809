using Millpond.Compare.Measures;

namespace Millpond.TestPrices;

/// <summary>What a way costs, inside the test.</summary>
/// <param name="Way">The way.</param>
/// <param name="Median">Half of the tests waited no longer, in milliseconds.</param>
/// <param name="P99">99 of 100 tests waited no longer.</param>
/// <param name="Ratio">The median divided by the other way's of the same round; null: there is no other.</param>
internal sealed record Price(Way Way, double Median, double P99, Spread? Ratio);
