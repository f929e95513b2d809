namespace Millpond.Compare.Measures;

/// <summary>The median, minimum and maximum over the rounds.</summary>
internal readonly record struct Spread(double Median, double Least, double Most)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(static value => !double.IsNaN(value)).Order()];
        return sorted.Length == 0
            ? new Spread(double.NaN, double.NaN, double.NaN)
            : new Spread((sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, sorted[0], sorted[^1]);
    }
}
