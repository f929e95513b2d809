using Millpond.Load.Generation;
using Millpond.Load.Outcomes;
using Millpond.Load.Reports;
using Millpond.Overload.CommandLine;
using Millpond.Overload.Database;

namespace Millpond.Overload.Runs;

/// <summary>A scenario on one service, which was started for it.</summary>
/// <param name="scenario">The name of the scenario.</param>
/// <param name="peer">The name of the peer.</param>
/// <param name="address">The address of the service.</param>
/// <param name="database">The database.</param>
/// <param name="options">The options.</param>
/// <param name="transferRate">The service's maximum transfers per second, once it is known.</param>
/// <param name="cancellationToken">Cancels the run.</param>
internal sealed class ScenarioRun(
    string scenario,
    string peer,
    Uri address,
    BenchDatabase database,
    OverloadOptions options,
    double transferRate,
    CancellationToken cancellationToken) : IDisposable
{
    private const double SlowDown = 20;
    private const int Seed = 20;   // the same arrivals for all services

    /// <summary>The time before a load counts. Overload is detected within an interval of a second, which begins with the first
    /// long wait or when the first clients leave.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    private readonly HttpTarget _target = new(address);

    /// <summary>Gets the service's maximum transfers per second.</summary>
    public double TransferRate => transferRate;

    /// <summary>Warms up code, including rejections, and opens all connections, which are not measured; then waits until it is
    /// calm.</summary>
    public async Task WarmUpAsync(Operation operation)
    {
        await LoadAsync(3 * Scenario.PoolRate, seconds: 1);
        using (var request = new HttpRequestMessage(operation.Method, operation.Path))
        {
            await _target.SendAsync(request, cancellationToken);   // it is served when all earlier requests are
        }

        await LoadAsync(Scenario.CalmRate, seconds: 2.5);
        await Task.Delay(TimeSpan.FromSeconds(0.3), cancellationToken);

        Task LoadAsync(double rate, double seconds) => Recording
            .Start(_target, operation, Plan(rate, TimeSpan.FromSeconds(seconds)), cancellationToken)
            .EndAsync(cancellationToken);
    }

    /// <summary>Applies an open load at a rate.</summary>
    public async Task<StepResult> OpenAsync(Operation operation, double rate)
    {
        var (samples, report) = await Recording.Start(_target, operation, Plan(rate, Early + options.Step), cancellationToken)
            .EndAsync(cancellationToken);
        return Measure(operation, rate, [.. samples.Where(static sample => sample.Due >= Early)], report) with
        {
            Goodput = Done(samples, Early, TimeSpan.MaxValue) / options.Step.TotalSeconds,
            Early = Done(samples, TimeSpan.Zero, Early) / Early.TotalSeconds,
        };
    }

    /// <summary>Applies a closed loop of clients.</summary>
    public async Task<StepResult> ClosedAsync(Operation operation, int clients)
    {
        var plan = new LoadPlan { Clients = clients, Duration = TimeSpan.FromSeconds(3), Deadline = Deadline };
        var report = await new LoadGenerator(plan, async (_, token) =>
        {
            using var request = new HttpRequestMessage(operation.Method, operation.Path);
            return (await _target.SendAsync(request, token)).Outcome;
        }).RunAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var done = report.Outcomes.FirstOrDefault(row => row.Outcome.Kind == OutcomeKind.Done)?.Latency;
        return new StepResult
        {
            Scenario = scenario, Peer = peer, Operation = operation, Offered = null, Goodput = report.Goodput, Report = report,
            Accepted = done is { } latency ? new Percentiles(latency.P50, latency.P99) : null,
        };
    }

    /// <summary>Applies a burst within 30 ms on top of a moderate load.</summary>
    public async Task<StepResult> BurstAsync(double rate, int size)
    {
        var before = TimeSpan.FromSeconds(2);
        var calm = Recording.Start(_target, Operation.Slow, Plan(rate, before + TimeSpan.FromSeconds(5)), cancellationToken);
        await Task.Delay(before, cancellationToken);
        var plan = new LoadPlan { Rate = size / 0.03, Requests = size, Deadline = Deadline };
        var crowd = Recording.Start(_target, Operation.Slow, plan, cancellationToken);
        var (crowded, _) = await crowd.EndAsync(cancellationToken);
        var (samples, report) = await calm.EndAsync(cancellationToken);
        return Measure(Operation.Slow, rate, [.. samples, .. crowded], report) with
        {
            Burst = new BurstLoss(size, crowded.Count(IsLost), samples.Count(IsLost)),
        };
    }

    /// <summary>Slows the database down for a while.</summary>
    public async Task<StepResult> BrownOutAsync(double rate)
    {
        var length = options.BrownOut;
        var run = Recording.Start(_target, Operation.Slow, Plan(rate, length * 3.5), cancellationToken);
        await Task.Delay(length / 2, cancellationToken);
        await database.SetPaceAsync(SlowDown, cancellationToken);
        var from = run.Elapsed;
        TimeSpan to;
        try
        {
            await Task.Delay(length, cancellationToken);
        }
        finally
        {
            await database.SetPaceAsync(1, CancellationToken.None);
            to = run.Elapsed;
        }

        var (samples, report) = await run.EndAsync(cancellationToken);
        return Measure(Operation.Slow, rate, samples, report) with { BrownOut = BrownOut.Of(samples, from, to) };
    }

    public void Dispose() => _target.Dispose();

    private static bool IsLost(Sample sample) => sample.End != RequestEnd.Done;

    private static int Done(IReadOnlyList<Sample> samples, TimeSpan from, TimeSpan to) =>
        samples.Count(sample => sample.End == RequestEnd.Done && sample.Due >= from && sample.Due < to);

    private static LoadPlan Plan(double rate, TimeSpan duration) =>
        new() { Rate = rate, Poisson = true, Seed = Seed, Duration = duration, Deadline = Deadline };

    private StepResult Measure(Operation operation, double rate, IReadOnlyList<Sample> samples, LoadReport report) => new()
    {
        Scenario = scenario,
        Peer = peer,
        Operation = operation,
        Offered = rate,
        Goodput = samples.Count(sample => sample.End == RequestEnd.Done) / report.Sending.TotalSeconds,
        Accepted = Percentiles.Of(samples.Where(sample => sample.End == RequestEnd.Done)),
        Rejection = Percentiles.Of(samples.Where(static sample => sample.End == RequestEnd.Rejected)),
        Shares = samples.GroupBy(sample => sample.End)
            .ToDictionary(ends => ends.Key, ends => (double)ends.Count() / samples.Count),
        Report = report,
    };
}
