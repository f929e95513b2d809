namespace Millpond.Soak.Resources;

/// <summary>The growth of a measure.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="IdleBefore">The value when the service was warm and idle, before the load.</param>
/// <param name="First">The median of the calm moments in the first quarter; null if there were none.</param>
/// <param name="Last">The same in the last quarter.</param>
/// <param name="IdleAfter">The value when all work was done.</param>
internal sealed record GrowthRow(Measure Measure, double? IdleBefore, double? First, double? Last, double? IdleAfter)
{
    public bool HasGrown => Last - First > Measure.Allowed;

    /// <summary>Evaluates a measure.</summary>
    /// <param name="measure">The measure.</param>
    /// <param name="before">The sample before the load.</param>
    /// <param name="samples">The samples of the run.</param>
    /// <param name="after">The sample after the load.</param>
    public static GrowthRow Of(
        Measure measure, ResourceSample before, IReadOnlyList<ResourceSample> samples, ResourceSample after)
    {
        var (start, end) = samples.Count == 0 ? default : (samples[0].At, samples[^1].At);
        var quarter = (end - start) / 4;
        return new GrowthRow(
            measure,
            measure.Value(before),
            Median(samples.Where(sample => sample.At <= start + quarter)),
            Median(samples.Where(sample => sample.At >= end - quarter)),
            measure.Value(after));

        double? Median(IEnumerable<ResourceSample> some)
        {
            double[] values = [.. some.Where(sample => sample.IsCalm).Select(measure.Value).OfType<double>().Order()];
            return values.Length == 0 ? null : values[values.Length / 2];
        }
    }
}
