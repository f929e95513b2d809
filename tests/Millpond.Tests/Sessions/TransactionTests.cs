using Millpond.Providers;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>The steps at the database that a session's transactions are made of.</summary>
public sealed class TransactionTests : VirtualTimeTestBase
{
    private readonly List<string> _steps = [];
    private readonly DbEngine _engine;
    private string? _failing;

    public TransactionTests()
    {
        _engine = Engine(1, TimeSpan.FromSeconds(5));
        Provider.At = step =>
        {
            _steps.Add(step);
            return step == _failing ? Task.FromException(new InvalidTimeZoneException(step)) : Task.CompletedTask;
        };
    }

    [Fact]
    public async Task S11_An_inner_transaction_that_commits_releases_its_savepoint()
    {
        await using var session = _engine.OpenSession();
        await using (var inner = await session.BeginTransactionAsync(Token))
        {
            await RunAsync(session);
            await inner.CommitAsync(Token);
        }

        await session.CommitAsync(Token);
        AssertSteps("Rent Begin Save Execute Release Commit Return");
    }

    [Fact]
    public async Task S11_An_inner_transaction_that_rolls_back_leaves_no_savepoint()
    {
        await using var session = _engine.OpenSession();
        await using (var inner = await session.BeginTransactionAsync(Token))
        {
            await inner.RollbackAsync(Token);
        }

        await session.CommitAsync(Token);
        AssertSteps("Rent Begin Save RollbackTo Release Commit Return");
    }

    [Fact]
    public async Task S11_An_open_inner_transaction_is_rolled_back_once()
    {
        await using var session = _engine.OpenSession();
        var inner = await session.BeginTransactionAsync(Token);
        await inner.DisposeAsync();
        await inner.DisposeAsync();
        await session.CommitAsync(Token);
        AssertSteps("Rent Begin Save RollbackTo Release Commit Return");
    }

    [Fact]
    public async Task S11_A_completed_transaction_cannot_be_completed_again()
    {
        await using var session = _engine.OpenSession();
        var outer = await session.BeginTransactionAsync(Token);
        var inner = await session.BeginTransactionAsync(Token);
        await outer.CommitAsync(Token);   // takes the inner one along
        foreach (var decide in new[] { outer.CommitAsync, outer.RollbackAsync, inner.CommitAsync, inner.RollbackAsync })
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => decide(Token));
            Assert.Contains("has already ended", error.Message, StringComparison.Ordinal);
        }

        await inner.DisposeAsync();
        await session.CommitAsync(Token);
        AssertSteps("Rent Begin Save Save Release Commit Return");
    }

    [Fact]
    public async Task S11_A_session_cannot_commit_while_an_inner_transaction_is_open()
    {
        await using var session = _engine.OpenSession();
        var inner = await session.BeginTransactionAsync(Token);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => session.CommitAsync(Token));
        Assert.Contains("is still open", error.Message, StringComparison.Ordinal);
        await inner.CommitAsync(Token);
        await session.CommitAsync(Token);
        AssertSteps("Rent Begin Save Release Commit Return");
    }

    [Fact]
    public async Task S11_After_a_rollback_of_the_session_an_inner_transaction_is_complete_and_its_disposal_does_nothing()
    {
        await using var session = _engine.OpenSession();
        var inner = await session.BeginTransactionAsync(Token);
        await session.RollbackAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => inner.CommitAsync(Token));
        await inner.DisposeAsync();
        AssertSteps("Rent Begin Save Rollback Return");
    }

    [Fact]
    public async Task S11_After_the_sessions_end_a_transaction_reports_it_and_its_disposal_does_nothing()
    {
        var session = _engine.OpenSession();
        var inner = await session.BeginTransactionAsync(Token);
        await session.DisposeAsync();
        await Assert.ThrowsAsync<SessionEndedException>(() => inner.CommitAsync(Token));
        await Assert.ThrowsAsync<SessionEndedException>(() => inner.RollbackAsync(Token));
        await Assert.ThrowsAsync<SessionEndedException>(() => session.BeginTransactionAsync(Token));
        await inner.DisposeAsync();
        AssertSteps("Rent Begin Save Rollback Return");
    }

    [Theory]
    [InlineData("Release")]
    [InlineData("RollbackTo")]
    public async Task S11_A_transaction_whose_completion_failed_is_still_open(string failing)
    {
        await using var session = _engine.OpenSession();
        var inner = await session.BeginTransactionAsync(Token);
        _failing = failing;
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => Decide());
        _failing = null;
        await Decide();
        await session.CommitAsync(Token);
        AssertSteps(failing == "Release"
            ? "Rent Begin Save Release Release Commit Return"
            : "Rent Begin Save RollbackTo RollbackTo Release Commit Return");

        Task Decide() => failing == "Release" ? inner.CommitAsync(Token) : inner.RollbackAsync(Token);
    }

    [Fact]
    public async Task S11_A_savepoint_that_was_not_set_leaves_nothing_open()
    {
        await using var session = _engine.OpenSession();
        _failing = "Save";
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => session.BeginTransactionAsync(Token));
        _failing = null;
        await session.CommitAsync(Token);
        AssertSteps("Rent Begin Save Commit Return");
    }

    [Fact]
    public async Task S11_An_aborted_transaction_is_recovered_only_by_the_inner_rollback()
    {
        await using var session = _engine.OpenSession();
        await using var inner = await session.BeginTransactionAsync(Token);
        await AbortAsync(session, FailureKind.Aborted);
        Assert.Equal(SessionState.Aborted, session.State);
        await Assert.ThrowsAsync<SessionAbortedException>(() => RunAsync(session));
        await Assert.ThrowsAsync<SessionAbortedException>(() => inner.CommitAsync(Token));
        await inner.RollbackAsync(Token);
        Assert.Equal(SessionState.Active, session.State);
        await RunAsync(session);
        await session.CommitAsync(Token);
        AssertSteps("Rent Begin Save Execute RollbackTo Release Execute Commit Return");
    }

    [Fact]
    public async Task S11_A_lost_transaction_has_no_inner_one_to_roll_back()
    {
        await using var session = _engine.OpenSession();
        var inner = await session.BeginTransactionAsync(Token);
        await AbortAsync(session, FailureKind.TransactionLost);
        Assert.Equal(SessionState.Lost, session.State);
        await Assert.ThrowsAsync<SessionAbortedException>(() => inner.RollbackAsync(Token));
        await inner.DisposeAsync();   // says nothing: the error was told
        var refused = await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        Assert.IsType<InvalidTimeZoneException>(refused.InnerException);
        AssertSteps("Rent Begin Save Execute Rollback Return");
        Assert.Equal((0L, 1L), (_engine.GetSnapshot().Commits, _engine.GetSnapshot().Rollbacks));
    }

    [Fact]
    public async Task S05_After_a_rejected_commit_the_session_begins_a_new_transaction()
    {
        await using var session = _engine.OpenSession();
        await AbortAsync(session, FailureKind.Aborted);
        await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        Assert.Equal(SessionState.Idle, session.State);
        await RunAsync(session);
        await session.CommitAsync(Token);
        AssertSteps("Rent Begin Execute Rollback Return Rent Begin Execute Commit Return");
    }

    [Fact]
    public async Task S16_In_autocommit_the_outermost_transaction_is_real_and_inner_ones_are_savepoints()
    {
        await using var session = _engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
        await using (var outer = await session.BeginTransactionAsync(Token))
        {
            await using (var inner = await session.BeginTransactionAsync(Token))
            {
                await inner.CommitAsync(Token);
            }

            await outer.CommitAsync(Token);
            await Assert.ThrowsAsync<InvalidOperationException>(() => outer.CommitAsync(Token));
        }

        AssertSteps("Rent Begin Save Release Commit Return");
        await using (await session.BeginTransactionAsync(Token))
        {
            await RunAsync(session);
        }

        AssertSteps("Rent Begin Save Release Commit Return Rent Begin Execute Rollback Return");
    }

    [Fact]
    public async Task S16_In_autocommit_a_real_transaction_cannot_commit_while_an_inner_one_is_open()
    {
        await using var session = _engine.OpenSession(new DbSessionOptions { Mode = SessionMode.Autocommit });
        await using var outer = await session.BeginTransactionAsync(Token);
        var inner = await session.BeginTransactionAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.CommitAsync(Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => outer.CommitAsync(Token));
        await inner.RollbackAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.CommitAsync(Token));   // the outer one is undecided
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => outer.RollbackAsync(cancelled.Token));
        await outer.RollbackAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => outer.RollbackAsync(Token));
        AssertSteps("Rent Begin Save RollbackTo Release Rollback Return");
    }

    [Fact]
    public async Task S18_A_commit_that_the_database_rejects_is_rolled_back_and_counted_as_a_rollback()
    {
        await using var session = _engine.OpenSession();
        await RunAsync(session);
        _failing = "Commit";
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => session.CommitAsync(Token));
        AssertSteps("Rent Begin Execute Commit Rollback Return");
        Assert.Equal((0L, 1L), (_engine.GetSnapshot().Commits, _engine.GetSnapshot().Rollbacks));
        NothingHeld(_engine);
    }

    [Fact]
    public async Task S18_A_commit_whose_connection_is_lost_is_unknown_and_counts_as_a_rollback()
    {
        await using var session = _engine.OpenSession();
        await RunAsync(session);
        (_failing, Provider.Kind) = ("Commit", FailureKind.ConnectionLost);
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => session.CommitAsync(Token));
        Assert.Equal(CommitOutcome.Unknown, error.Outcome);
        Assert.IsType<InvalidTimeZoneException>(error.InnerException);
        Assert.Equal((0L, 1L), (_engine.GetSnapshot().Commits, _engine.GetSnapshot().Rollbacks));
        NothingHeld(_engine);
    }

    private async Task AbortAsync(DbSession session, FailureKind kind)
    {
        (_failing, Provider.Kind) = ("Execute", kind);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => RunAsync(session));
        (_failing, Provider.Kind) = (null, FailureKind.Statement);
    }

    private void AssertSteps(string steps) => Assert.Equal(steps, string.Join(' ', _steps));
}
