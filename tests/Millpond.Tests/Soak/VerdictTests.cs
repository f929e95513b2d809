using Millpond.Load.Reports;
using Millpond.Soak;
using Millpond.Soak.CommandLine;
using Millpond.Soak.Database;
using Millpond.Soak.Faults;
using Millpond.Soak.Load;
using Millpond.Soak.Money;
using Millpond.Soak.Reports;
using Millpond.Soak.Resources;
using Millpond.Soak.Service;
using Xunit;

namespace Millpond.Tests.Soak;

/// <summary>What the soak says of a run that is not as it should be.</summary>
public sealed class VerdictTests
{
    private static readonly ServiceState Idle = new()
    {
        Heap = 0, Collected = true, Resident = 0, Files = 0, Threads = 0, InUse = 0, Waiting = 0, Holders = 0, Commits = 0,
        Rollbacks = 0, Retries = 0, Cancellations = 0, Unobserved = 0,
    };

    private static readonly Fault Restart = new("restart", 0, 0, static (_, _, _) => Task.CompletedTask);

    private static readonly SoakOptions Long = Options(minutes: 10);

    private static readonly SoakResult Good = new()
    {
        Requests = [SoakRecords.Of(EndKind.Done)],
        Faults = [new FaultRecord(Restart, default, default, FaultDriver.LongestRecovery)],
        Growth = [],
        Samples = [Sample(0, BookService.MostConnections)],
        Missed = 0,
        After = new ResourceSample(default, IsCalm: true, Idle, BookService.PoolSize),
        Money = MoneyAudit.Make([], new Books([], SoakDatabase.Total, 0)),
        Load = Report(lag: 1),
    };

    [Fact]
    public void A_run_without_violations_passes() =>
        Assert.All(Verdicts.Of(Good, Long), static verdict => Assert.True(verdict.IsGood, verdict.Sentence));

    [Fact]
    public void Each_violation_is_found_and_nothing_else()
    {
        AssertBad("Money", Good with { Money = MoneyAudit.Make([], new Books([], 0, 0)) });
        AssertBad("Answers", Good with { Requests = [SoakRecords.Of(EndKind.Done), SoakRecords.Of(EndKind.Wrong)] });
        AssertBad("Left after", Good with { After = Good.After with { State = Idle with { InUse = 1 } } });
        AssertBad("Left after", Good with { After = Good.After with { State = Idle with { Holders = 1 } } });
        AssertBad("Left after", Good with { After = Good.After with { State = Idle with { Waiting = 1 } } });
        AssertBad("Left after", Good with { After = Good.After with { Connections = BookService.PoolSize + 1 } });
        AssertBad("Left after", Good with { Samples = [Sample(0, BookService.MostConnections + 1)] });
        AssertBad("Tasks", Good with { After = Good.After with { State = Idle with { Unobserved = 1 } } });
        AssertBad("The longest", Good with { Missed = 1 });
        AssertBad("The longest", Good with { Requests = [SoakRecords.Of(EndKind.Done, seconds: TooLong)] });
        AssertBad("Late", Good with { Faults = [new FaultRecord(Restart, default, default, FirstAnswer: null)] });
        AssertBad("Growth", Good with { Growth = [Row(first: 10, last: 20.5, allowed: 10)] });
        AssertBad("Growth", Good with { Growth = [Row(first: null, last: 20, allowed: 10)] });
    }

    [Fact]
    public void Results_disturbed_by_the_machine_or_too_short_are_not_evaluated()
    {
        var slow = Good with { Load = Report(lag: 26), Requests = [SoakRecords.Of(EndKind.Done, seconds: TooLong)] };
        Assert.Equal("The longest", Odd(slow, Long).Sentence[..11]);
        Assert.Null(Odd(slow, Long).IsGood);
        var grown = Good with { Growth = [Row(first: 10, last: 99, allowed: 10)] };
        Assert.Null(Odd(grown, Options(minutes: 1.9)).IsGood);
        Assert.False(Odd(grown, Options(minutes: 2)).IsGood);
        Assert.Null(Odd(Good with { Faults = [] }, Long).IsGood);
    }

    [Fact]
    public void Growth_is_measured_between_calm_moments_of_the_first_and_last_quarter()
    {
        var measure = new Measure("threads", static sample => sample.State.Threads, 5);
        double[] threads = [10, 12, 11, 500, 500, 500, 500, 500, 16, 18, 17];
        List<ResourceSample> samples = [.. threads.Select((some, second) => Sample(second, 1, (int)some))];
        samples.Insert(1, Sample(0.5, 1, 900) with { IsCalm = false });
        var row = GrowthRow.Of(measure, Sample(0, 1, 7), samples, Sample(20, 1, 8));
        Assert.Equal((7.0, 11.0, 17.0, 8.0, true), (row.IdleBefore, row.First, row.Last, row.IdleAfter, row.HasGrown));
        Assert.False((row with { Last = 16 }).HasGrown);
        Assert.False(GrowthRow.Of(measure, Sample(0, 1), [], Sample(20, 1)).HasGrown);
    }

    [Fact]
    public void The_plan_is_the_same_for_a_seed_and_has_each_fault_once_per_round()
    {
        Fault[] faults = [Restart, Restart with { Name = "freeze", Least = 100, Most = 900 }, Restart with { Name = "cut" }];
        var plan = FaultPlan.Make(7, faults).Take(30).ToList();
        Assert.Equal(plan, FaultPlan.Make(7, faults).Take(30));
        Assert.NotEqual(plan, FaultPlan.Make(8, faults).Take(30));
        Assert.All(plan.Chunk(3), static round => Assert.Equal(3, round.Select(static one => one.Fault.Name).Distinct().Count()));
        Assert.All(plan, static one => Assert.InRange(one.Calm, FaultPlan.LeastCalm, 2 * FaultPlan.LeastCalm));
        Assert.All(plan, static one => Assert.InRange(one.Length.TotalMilliseconds, one.Fault.Least, one.Fault.Most));
    }

    private static double TooLong => Clients.LongestWait.TotalSeconds + 0.1;

    private static void AssertBad(string beginning, SoakResult result)
    {
        var odd = Odd(result, Long);
        Assert.False(odd.IsGood);
        Assert.StartsWith(beginning, odd.Sentence, StringComparison.Ordinal);
    }

    private static Verdict Odd(SoakResult result, SoakOptions options) =>
        Assert.Single(Verdicts.Of(result, options), static verdict => verdict.IsGood != true);

    private static ResourceSample Sample(double seconds, int connections, int threads = 0) =>
        new(TimeSpan.FromSeconds(seconds), IsCalm: true, Idle with { Threads = threads }, connections);

    private static GrowthRow Row(double? first, double? last, double allowed) =>
        new(new Measure("files", static _ => null, allowed), 0, first, last, 0);

    private static SoakOptions Options(double minutes) =>
        new() { Length = TimeSpan.FromMinutes(minutes), Seed = 1, Faults = [], Folder = "" };

    private static LoadReport Report(double lag)
    {
        var times = new LatencySummary(lag, lag, lag, lag, lag);
        return new LoadReport
        {
            Outcomes = [], Sent = 0, NotSent = 0, Latency = times, Lag = times, Sending = default, Whole = default,
        };
    }
}
