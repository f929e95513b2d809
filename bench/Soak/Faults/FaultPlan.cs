namespace Millpond.Soak.Faults;

/// <summary>Which faults come, and when: random, and the same for a seed.</summary>
internal static class FaultPlan
{
    /// <summary>The least time between two faults: some of it passes until all is well, and some is looked at.</summary>
    public static readonly TimeSpan LeastCalm = TimeSpan.FromSeconds(6);

    private const int MostMoreCalm = 6_000;   // milliseconds

    /// <summary>Each fault once in a random order, then again in another one; without an end.</summary>
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
