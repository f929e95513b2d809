namespace Millpond.Soak.Faults;

/// <summary>The random order and times of faults, the same for the same seed.</summary>
internal static class FaultPlan
{
    /// <summary>The shortest time between two faults, for the recovery and for measurements.</summary>
    public static readonly TimeSpan LeastCalm = TimeSpan.FromSeconds(6);

    private const int MostMoreCalm = 6_000;   // milliseconds

    /// <summary>Returns each fault once in random order, then again in another one, endlessly.</summary>
    public static IEnumerable<PlannedFault> Make(int seed, IReadOnlyList<Fault> faults)
    {
        var random = new Random(seed);
        while (true)
        {
            var round = faults.ToArray();
            random.Shuffle(round);
            foreach (var fault in round)
            {
                yield return new PlannedFault(
                    LeastCalm + TimeSpan.FromMilliseconds(random.Next(MostMoreCalm)),
                    fault,
                    TimeSpan.FromMilliseconds(random.Next(fault.Least, fault.Most + 1)));
            }
        }
    }
}
