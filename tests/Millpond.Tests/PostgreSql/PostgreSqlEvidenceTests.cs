using Millpond.PostgreSql.Outcome;
using Xunit;

#pragma warning disable MILLSEAM // what a provider believes

namespace Millpond.Tests.PostgreSql;

/// <summary>When a server is believed about a commit whose answer was lost.</summary>
public sealed class PostgreSqlEvidenceTests
{
    private static readonly Evidence Evidence =
        new(1_000, DateTime.UnixEpoch, System: 7, Timeline: "00000001", Flushed: 500, Backend: 42);

    private static readonly TransactionReport Report = new(
        System: 7,
        Start: DateTime.UnixEpoch.AddDays(1),
        Timeline: "00000001",
        Checkpoint: 400,
        IsCheckpointOfStart: false,
        NextTransaction: 900,
        Status: "committed",
        HasForeignServers: false);

    [Theory]
    [InlineData("committed", CommitOutcome.Committed)]
    [InlineData("aborted", CommitOutcome.RolledBack)]
    [InlineData("in progress", null)]
    [InlineData(null, CommitOutcome.Unknown)]
    [InlineData("prepared", CommitOutcome.Unknown)]
    public void S18_The_same_server_is_trusted(string? status, CommitOutcome? expected) =>
        Assert.Equal(expected, Evidence.Evaluate(Report with { Status = status }));

    [Theory]
    [InlineData("committed")]
    [InlineData("aborted")]
    [InlineData("in progress")]
    public void S18_Another_system_another_timeline_or_a_standby_proves_nothing(string status)
    {
        var report = Report with { Status = status };
        Assert.Equal(CommitOutcome.Unknown, Evidence.Evaluate(report with { System = 8 }));
        Assert.Equal(CommitOutcome.Unknown, (Evidence with { System = null }).Evaluate(report));
        Assert.Equal(CommitOutcome.Unknown, Evidence.Evaluate(report with { Timeline = "00000002" }));
        Assert.Equal(CommitOutcome.Unknown, Evidence.Evaluate(report with { Timeline = null }));
        Assert.Equal(CommitOutcome.Unknown, (Evidence with { Timeline = null }).Evaluate(report with { Timeline = null }));
    }

    [Fact]
    public void S18_A_rollback_here_proves_nothing_about_writes_on_foreign_servers()
    {
        var report = Report with { HasForeignServers = true };
        Assert.Equal(CommitOutcome.Committed, Evidence.Evaluate(report));   // those had committed before
        Assert.Equal(CommitOutcome.Unknown, Evidence.Evaluate(report with { Status = "aborted" }));
        Assert.Null(Evidence.Evaluate(report with { Status = "in progress" }));
    }

    [Fact]
    public void S18_Without_an_id_nothing_was_written_unless_there_are_foreign_servers()
    {
        var evidence = Evidence with { Transaction = null };
        Assert.Equal(CommitOutcome.Committed, evidence.Evaluate(Report with { Status = null }));
        Assert.Equal(CommitOutcome.Unknown, evidence.Evaluate(Report with { Status = null, HasForeignServers = true }));
    }

    [Fact]
    public void S18_A_server_with_the_same_start_time_is_the_same_server() => Assert.Equal(
        CommitOutcome.Committed,
        (Evidence with { System = null, Start = DateTime.UnixEpoch.AddDays(1) }).Evaluate(Report));

    [Fact]
    public void S18_An_id_that_a_crash_may_have_reused_proves_no_commit()
    {
        var again = Report with { Checkpoint = 500, IsCheckpointOfStart = true };
        Assert.Equal(CommitOutcome.Unknown, Evidence.Evaluate(again with { NextTransaction = 1_000 }));
        Assert.Equal(CommitOutcome.Committed, Evidence.Evaluate(again with { NextTransaction = 1_001 }));

        // A checkpoint during operation does not rule out a crash before it.
        Assert.Equal(
            CommitOutcome.Unknown,
            Evidence.Evaluate(again with { NextTransaction = 1_001, IsCheckpointOfStart = false }));

        // Whatever transaction has the id now, this one has not committed.
        Assert.Equal(CommitOutcome.RolledBack, Evidence.Evaluate(again with { NextTransaction = 1_000, Status = "aborted" }));
    }
}
