using Millpond.Load.Outcomes;
using Millpond.Load.Reports;
using Xunit;

namespace Millpond.Tests.Load;

public sealed class LoadReportTests
{
    private static readonly Outcome Created = new("201 Created", OutcomeKind.Done);
    private static readonly Outcome Conflict = new("409 Conflict", OutcomeKind.Refused);

    private readonly LoadTally _tally = new();

    [Fact]
    public void Every_request_is_in_one_outcome_with_its_own_latency()
    {
        Run(Created, count: 98, milliseconds: 10);
        Run(Conflict, count: 1, milliseconds: 20);
        Run(Outcome.Deadline, count: 1, milliseconds: 1000);
        _tally.NotSent();

        var report = Report();

        Assert.Equal(
            [(Created, 98), (Conflict, 1), (Outcome.Deadline, 1), (Outcome.NotSent, 1)],
            report.Outcomes.Select(row => (row.Outcome, row.Count)));
        Assert.Equal((100, 1), (report.Sent, report.NotSent));
        Assert.Equal(100, report.Outcomes.Sum(row => row.Count) - report.NotSent);
        Assert.Equal([10, 20, 1000, 0], report.Outcomes.Select(row => Math.Round(row.Latency.P99)));
        Assert.Equal((10, 20, 1000), (
            Math.Round(report.Latency.P95), Math.Round(report.Latency.P99), Math.Round(report.Latency.Max)));
        Assert.Equal((10.0, 9.8), (report.SentPerSecond, report.Goodput));
    }

    [Fact]
    public void Outcomes_beyond_the_tables_size_are_counted_together()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Run(new Outcome($"{i}", i % 2 == 0 ? OutcomeKind.Refused : OutcomeKind.Unknown), count: 1, milliseconds: 10);
        }

        var report = Report();

        Assert.Equal(42, report.Outcomes.Count);
        Assert.Equal((500, 500), (report.Count(OutcomeKind.Refused), report.Count(OutcomeKind.Unknown)));
        Assert.Contains(report.Outcomes, row => row is { Outcome.Name: "any other", Count: 480 });
    }

    [Theory]
    [InlineData(99, 4.9, 1, 50, false)]   // one of a hundred is beyond the 99th percentile, two are not
    [InlineData(98, 0, 2, 5.1, true)]
    public void G05_A_run_whose_generator_lags_more_than_5_ms_at_p99_is_void(
        int many, double usual, int few, double late, bool isVoid)
    {
        Lag(many, usual);
        Lag(few, late);

        Assert.Equal(isVoid, Report().IsVoid);
        Assert.Equal(isVoid, LoadTable.Lines(Report()).Any(line => line.Line.StartsWith("Void: ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_closed_loop_has_no_schedule_lag()
    {
        Lag(10, 100);

        var report = _tally.Report(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), openLoop: false, interrupted: false);

        Assert.Equal((null, false), (report.Lag, report.IsVoid));
    }

    [Fact]
    public void Unsent_and_interrupted_requests_are_reported()
    {
        _tally.NotSent();

        var report = _tally.Report(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), openLoop: true, interrupted: true);

        var lines = LoadTable.Lines(report).Select(line => line.Line).ToList();
        Assert.Contains("1 requests were due and not sent: too many had no answer yet.", lines);
        Assert.Contains("The run was interrupted.", lines);
    }

    private LoadReport Report() =>
        _tally.Report(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(11), openLoop: true, interrupted: false);

    private void Run(Outcome outcome, int count, double milliseconds)
    {
        Lag(count, 0);
        for (var i = 0; i < count; i++)
        {
            _tally.Ended(outcome, TimeSpan.FromMilliseconds(milliseconds));
        }
    }

    private void Lag(int count, double milliseconds)
    {
        for (var i = 0; i < count; i++)
        {
            _tally.Began(TimeSpan.FromMilliseconds(milliseconds));
        }
    }
}
