using Millpond.Providers;
using Millpond.Transactions.Failures;
using Millpond.Transactions;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>What is told, and counted, of a commit that was not simply answered with yes.</summary>
public sealed class CommitOutcomeTests : VirtualTimeTestBase
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);
    private static readonly DbSessionOptions Confirmed = new() { ConfirmCommit = true };

    private readonly List<string> _steps = [];
    private readonly LogLines _log = new();
    private readonly TaskCompletionSource _late = new();
    private readonly DbEngine _engine;
    private string? _failing;
    private string? _slow;

    public CommitOutcomeTests()
    {
        _engine = Engine(1, Limit, options => options.LoggerFactory = _log);
        Provider.Evidence = new object();
        Provider.At = step =>
        {
            _steps.Add(step);
            return step == _failing ? Task.FromException(new InvalidTimeZoneException(step))
                : step == _slow ? _late.Task
                : Task.CompletedTask;
        };
    }

    [Fact]
    public async Task S18_Outcome_is_not_queried_without_ConfirmCommit()
    {
        await using var session = await WithWorkAsync(options: null);
        (_failing, Provider.Kind, Provider.Answer) = ("Commit", FailureKind.ConnectionLost, CommitOutcome.Committed);
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => session.CommitAsync(Token));
        Assert.Equal(CommitOutcome.Unknown, error.Outcome);
        AssertSteps("Commit Rollback Return");
        AssertBooks(commits: 0, rollbacks: 1);
    }

    [Fact]
    public async Task S26_An_unanswered_check_before_the_commit_is_a_lost_connection()
    {
        await using var session = await WithWorkAsync(options: null);
        Provider.Kind = FailureKind.ConnectionLost;
        Provider.At = static step => step == "Save" ? Task.FromCanceled(new(canceled: true)) : Task.CompletedTask;
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => UnitCommit.CheckAsync(session.Unit));
    }

    [Fact]
    public async Task S18_The_outcome_of_an_answered_commit_is_not_queried()
    {
        await using var session = await WithWorkAsync(Confirmed);
        await session.CommitAsync(Token);
        AssertSteps("CommitConfirmably Return");
        AssertBooks(commits: 1, rollbacks: 0);
    }

    [Fact]
    public async Task S18_A_lost_commit_that_was_made_succeeds_and_is_logged()
    {
        await using var session = await WithWorkAsync(Confirmed);
        (_failing, Provider.Kind, Provider.Answer) = ("CommitConfirmably", FailureKind.ConnectionLost, CommitOutcome.Committed);
        await session.CommitAsync(Token);
        AssertSteps("CommitConfirmably Rollback Return Confirm");
        AssertBooks(commits: 1, rollbacks: 0);
        Assert.EndsWith(
            "A query on another connection showed that it was committed.",
            Assert.Single(_log.Lines),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CommitOutcome.RolledBack, CommitOutcome.RolledBack)]
    [InlineData(CommitOutcome.Unknown, CommitOutcome.Unknown)]
    public async Task S18_A_lost_commit_that_was_not_made_is_reported_with_its_outcome(
        CommitOutcome answer, CommitOutcome told)
    {
        await using var session = await WithWorkAsync(Confirmed);
        (_failing, Provider.Kind, Provider.Answer) = ("CommitConfirmably", FailureKind.ConnectionLost, answer);
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => session.CommitAsync(Token));
        Assert.Equal(told, error.Outcome);
        Assert.IsType<InvalidTimeZoneException>(error.InnerException);
        AssertBooks(commits: 0, rollbacks: 1);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task S18_A_commit_lost_before_its_evidence_arrived_is_unknown()
    {
        await using var session = await WithWorkAsync(Confirmed);
        (Provider.Evidence, _failing, Provider.Kind) = (null, "Commit", FailureKind.ConnectionLost);
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => session.CommitAsync(Token));
        Assert.Equal(CommitOutcome.Unknown, error.Outcome);
        AssertSteps("Commit Rollback Return");
    }

    [Fact]
    public async Task S18_If_querying_the_outcome_fails_it_is_unknown_and_the_log_says_why()
    {
        await using var session = await WithWorkAsync(Confirmed);
        Provider.Kind = FailureKind.ConnectionLost;
        Provider.At = static step => step is "CommitConfirmably" or "Confirm"
            ? Task.FromException(new InvalidTimeZoneException(step))
            : Task.CompletedTask;
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => session.CommitAsync(Token));
        Assert.Equal(CommitOutcome.Unknown, error.Outcome);
        Assert.EndsWith(
            "and its outcome could not be queried.", Assert.Single(_log.Lines), StringComparison.Ordinal);
        AssertBooks(commits: 0, rollbacks: 1);
    }

    [Fact]
    public async Task S18_Querying_the_outcome_ends_at_the_clean_up_limit()
    {
        await using var session = await WithWorkAsync(Confirmed);
        (_failing, _slow, Provider.Kind) = ("CommitConfirmably", "Confirm", FailureKind.ConnectionLost);
        var commit = session.CommitAsync(Token);
        Time.Advance(Limit - TimeSpan.FromMilliseconds(1));
        Assert.False(commit.IsCompleted);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(CommitOutcome.Unknown, (await Assert.ThrowsAsync<CommitOutcomeException>(() => commit)).Outcome);
        NothingHeld(_engine);
        _late.SetException(new InvalidTimeZoneException("nobody hears it"));
    }

    [Fact]
    public async Task S05_A_commit_that_the_database_answers_with_ROLLBACK_is_reported_as_rolled_back()
    {
        await using var session = await WithWorkAsync(Confirmed);
        Provider.Commits = false;
        var error = await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        Assert.NotNull(CommitRefusal.Of(error));
        AssertSteps("CommitConfirmably Rollback Return");
        AssertBooks(commits: 0, rollbacks: 1);
    }

    [Fact]
    public async Task S03_An_error_counts_as_the_answer_to_a_COMMIT_only_if_it_was()
    {
        await using var session = await WithWorkAsync(options: null);
        _failing = "Execute";
        var first = await Assert.ThrowsAsync<InvalidTimeZoneException>(() => RunAsync(session));
        Assert.Null(CommitRefusal.Of(first));
        _failing = "Commit";
        var refused = await Assert.ThrowsAsync<InvalidTimeZoneException>(() => session.CommitAsync(Token));
        Assert.NotNull(CommitRefusal.Of(refused));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S18_A_commit_that_was_not_answered_in_time_is_counted_once_its_outcome_is_known(bool commits)
    {
        await using var session = await WithWorkAsync(options: null);
        _slow = "Commit";
        var commit = session.CommitAsync(Token);
        Time.Advance(Limit);
        Time.Advance(Grace);
        await Assert.ThrowsAsync<CommitOutcomeException>(() => commit);
        AssertBooks(commits: 0, rollbacks: 0);   // who knows
        await EndLateAsync(commits);
        AssertBooks(commits ? 1 : 0, commits ? 0 : 1);
    }

    [Theory]
    [InlineData(CommitOutcome.Committed, true)]
    [InlineData(CommitOutcome.Committed, false)]
    [InlineData(CommitOutcome.RolledBack, false)]
    public async Task S18_A_confirmed_commit_is_not_counted_again_when_its_answer_arrives(
        CommitOutcome answer, bool commits)
    {
        await using var session = await WithWorkAsync(Confirmed);
        (_slow, Provider.Answer) = ("CommitConfirmably", answer);
        var commit = session.CommitAsync(Token);
        Time.Advance(Limit);
        Assert.False(commit.IsCompleted);
        Time.Advance(Grace);
        var committed = answer == CommitOutcome.Committed;
        var error = await Record.ExceptionAsync(() => commit);
        Assert.Equal(committed, error is null);
        Assert.Equal(committed ? null : CommitOutcome.RolledBack, (error as CommitOutcomeException)?.Outcome);
        Assert.Equal(1, _engine.GetSnapshot().InUse);   // its permit stays with the connection
        await EndLateAsync(commits);
        AssertBooks(committed ? 1 : 0, committed ? 0 : 1);
    }

    [Fact]
    public async Task S15_An_unawaited_commit_is_counted_and_returns_the_connection_with_the_answer()
    {
        Provider.CanEndWithoutReply = true;
        await using var session = await WithWorkAsync(options: null);
        _slow = "Commit";
        await session.CommitAsync(Token);
        AssertBooks(commits: 1, rollbacks: 0);
        Assert.Equal((1, 0), (_engine.GetSnapshot().InUse, _engine.GetSnapshot().Holders.Count));
        AssertSteps("Commit");
        _late.SetResult();
        await _engine.DrainAsync(TimeSpan.Zero, Token);
        AssertSteps("Commit Return");
        NothingHeld(_engine);
    }

    [Fact]
    public async Task S15_A_failed_unawaited_commit_is_rolled_back_and_logged()
    {
        Provider.CanEndWithoutReply = true;
        await using var session = await WithWorkAsync(options: null);
        _failing = "Commit";
        await session.CommitAsync(Token);
        AssertSteps("Commit Rollback Return");
        Assert.Single(_log.Lines);
        NothingHeld(_engine);
    }

    [Fact]
    public async Task S05_A_verifying_commit_waits_for_its_answer()
    {
        Provider.CanEndWithoutReply = true;
        await using var session = await WithWorkAsync(options: null);
        _failing = "Execute";
        await Record.ExceptionAsync(() => RunAsync(session));   // an error that the work swallows
        (_failing, Provider.Commits) = (null, false);
        await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
    }

    [Fact]
    public async Task S18_A_connection_lost_before_COMMIT_arrived_is_certainly_rolled_back()
    {
        await using var session = await WithWorkAsync(Confirmed);
        (_failing, Provider.Kind) = ("CommitConfirmably", FailureKind.ConnectionLost);
        Provider.Meaning = CommitOutcome.RolledBack;
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => session.CommitAsync(Token));
        Assert.Equal(CommitOutcome.RolledBack, error.Outcome);
        AssertSteps("CommitConfirmably Rollback Return");   // nothing to ask
        AssertBooks(commits: 0, rollbacks: 1);
    }

    [Theory]
    [InlineData(FailureKind.ConnectionLost, true)]
    [InlineData(FailureKind.Statement, false)]
    public async Task S19_After_a_connection_was_lost_at_COMMIT_idle_ones_are_pinged(FailureKind kind, bool lost)
    {
        var losses = 0;
        await using var session = await WithWorkAsync(options: null);
        session.Services.Supply.Lost = () => losses++;
        (_failing, Provider.Kind) = ("Commit", kind);
        await Record.ExceptionAsync(() => session.CommitAsync(Token));
        Assert.Equal(lost ? 1 : 0, losses);
    }

    [Theory]
    [InlineData(FailureKind.ConnectionLost, true)]
    [InlineData(FailureKind.Statement, false)]
    public async Task S19_After_a_connection_was_lost_late_idle_ones_are_pinged(FailureKind kind, bool lost)
    {
        var losses = 0;
        await using var session = await WithWorkAsync(options: null);
        session.Services.Supply.Lost = () => losses++;
        (_slow, Provider.Kind) = ("Commit", kind);
        var commit = session.CommitAsync(Token);
        Time.Advance(Limit);
        Time.Advance(Grace);
        await Assert.ThrowsAsync<CommitOutcomeException>(() => commit);
        Assert.Equal(0, losses);
        await EndLateAsync(commits: false);
        Assert.Equal(lost ? 1 : 0, losses);
    }

    private async Task<DbSession> WithWorkAsync(DbSessionOptions? options)
    {
        var session = _engine.OpenSession(options ?? new DbSessionOptions());
        await RunAsync(session);
        _steps.Clear();
        return session;
    }

    /// <summary>Completes the late answer, or lets the driver report its limit.</summary>
    private async Task EndLateAsync(bool commits)
    {
        if (commits)
        {
            _late.SetResult();
        }
        else
        {
            _late.SetException(new OperationCanceledException());
        }

        await _engine.DrainAsync(TimeSpan.Zero, Token);
        NothingHeld(_engine);
    }

    private void AssertSteps(string steps) => Assert.Equal(steps, string.Join(' ', _steps));

    private void AssertBooks(int commits, int rollbacks) =>
        Assert.Equal((commits, rollbacks), (_engine.GetSnapshot().Commits, _engine.GetSnapshot().Rollbacks));
}
