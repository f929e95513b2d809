namespace Millpond.Load.Arrivals;

/// <summary>When requests are due, counted from the start of a run: fixed before the first of them is sent.</summary>
public static class ArrivalSchedule
{
    /// <summary>Arrivals at even intervals; without an end.</summary>
    public static IEnumerable<TimeSpan> Constant(double perSecond)
    {
        CheckRate(perSecond);
        for (long number = 0; ; number++)
        {
            yield return TimeSpan.FromTicks((long)(number / perSecond * TimeSpan.TicksPerSecond));   // no sum: no drift
        }
    }

    /// <summary>Arrivals that know nothing of each other, as many users make them; the same for a seed; without an end.</summary>
    public static IEnumerable<TimeSpan> Poisson(double perSecond, int seed)
    {
        CheckRate(perSecond);
        var random = new Random(seed);
        for (var seconds = 0.0; ; seconds -= Math.Log(1 - random.NextDouble()) / perSecond)
        {
            yield return TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
        }
    }

    private static void CheckRate(double perSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        if (!double.IsFinite(perSecond))
        {
            throw new ArgumentOutOfRangeException(nameof(perSecond), perSecond, "A rate is finite.");
        }
    }
}
