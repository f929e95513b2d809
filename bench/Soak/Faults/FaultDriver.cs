namespace Millpond.Soak.Faults;

/// <summary>Lets one fault after another happen, with calm in between.</summary>
/// <param name="scene">Where they happen.</param>
/// <param name="plan">Which, and when.</param>
/// <param name="over">Hears of each that is over.</param>
internal sealed class FaultDriver(FaultScene scene, IEnumerable<PlannedFault> plan, Action<FaultRecord> over)
{
    /// <summary>How soon after a fault there must be an answer 2xx: the database's return is noticed within 2 s.</summary>
    public static readonly TimeSpan LongestRecovery = TimeSpan.FromSeconds(5);

    /// <summary>How long after the first answer the numbers are those of a calm service again.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<FaultRecord> _records = [];
    private TimeSpan? _wellSince;

    public IReadOnlyList<FaultRecord> Records => _records;

    /// <summary>Gets whether no fault is on and the last one is over for a while.</summary>
    public bool IsCalm
    {
        get
        {
            lock (_records)
            {
                return scene.Clients.Elapsed - _wellSince > Settling;
            }
        }
    }

    /// <summary>Goes on as long as there is time for one more fault, and for all to be well after it.</summary>
    /// <param name="end">When the load ends.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task RunAsync(TimeSpan end, CancellationToken cancellationToken)
    {
        Note(scene.Clients.Elapsed);
        foreach (var (calm, fault, length) in plan)
        {
            if (scene.Clients.Elapsed + calm + length + FaultPlan.LeastCalm > end)
            {
                return;
            }

            await Task.Delay(calm, cancellationToken);
            Note(null);
            var began = scene.Clients.Elapsed;
            await fault.StrikeAsync(scene, length, cancellationToken);
            var ended = scene.Clients.Elapsed;
            var answer = await scene.Clients.WaitForAnswerAsync(Patience, cancellationToken);
            var record = new FaultRecord(fault, began, ended, answer);
            _records.Add(record);
            over(record);
            Note(scene.Clients.Elapsed);
        }
    }

    private void Note(TimeSpan? wellSince)
    {
        lock (_records)
        {
            _wellSince = wellSince;
        }
    }
}
