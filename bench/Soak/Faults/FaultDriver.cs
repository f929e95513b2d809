namespace Millpond.Soak.Faults;

/// <summary>Causes one fault after another, with calm in between.</summary>
/// <param name="scene">The targets of the faults.</param>
/// <param name="plan">The faults and their times.</param>
/// <param name="over">Called after each fault.</param>
internal sealed class FaultDriver(FaultScene scene, IEnumerable<PlannedFault> plan, Action<FaultRecord> over)
{
    /// <summary>The longest time after a fault to the first 2xx response: a recovered database is noticed within 2 s.</summary>
    public static readonly TimeSpan LongestRecovery = TimeSpan.FromSeconds(5);

    /// <summary>The time after that response until the figures are those of a calm service.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<FaultRecord> _records = [];
    private TimeSpan? _wellSince;

    public IReadOnlyList<FaultRecord> Records => _records;

    /// <summary>Gets whether there is no fault and the last one ended a while ago.</summary>
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

    /// <summary>Continues as long as there is time for another fault and the recovery from it.</summary>
    /// <param name="end">The end of the load.</param>
    /// <param name="cancellationToken">Cancels the faults.</param>
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
