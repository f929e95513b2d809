namespace Millpond.Soak.Resources;

/// <summary>What became of one measure.</summary>
/// <param name="Measure">Which.</param>
/// <param name="IdleBefore">When the service was warm and nothing was asked of it yet.</param>
/// <param name="First">The median of the calm moments in the first quarter; null: there was none.</param>
/// <param name="Last">And in the last quarter.</param>
/// <param name="IdleAfter">When all was worked off.</param>
internal sealed record GrowthRow(Measure Measure, double? IdleBefore, double? First, double? Last, double? IdleAfter)
{
    public bool HasGrown => Last - First > Measure.Allowed;

    /// <summary>Looks at one measure.</summary>
    /// <param name="measure">Which.</param>
    /// <param name="before">Before the load.</param>
    /// <param name="samples">Those of the run.</param>
    /// <param name="after">After it.</param>
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
