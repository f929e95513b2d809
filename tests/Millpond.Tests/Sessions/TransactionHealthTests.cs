using Millpond.Leasing;
using Millpond.Providers;
using Millpond.Transactions.Failures;
using Xunit;

#pragma warning disable MILLSEAM // what a provider says of its errors

namespace Millpond.Tests.Sessions;

/// <summary>What errors do to a transaction, one after the other.</summary>
public sealed class TransactionHealthTests
{
    private static readonly Operation Statement = new(OperationKind.Command, "select 1");
    private static readonly Operation Recovery = Statement with { Recovers = true };
    private static readonly Operation CloseOfReader = new(OperationKind.CleanUp, "select 1");

    private readonly TransactionHealth _health = new();

    [Fact]
    public void S05_Without_an_error_anything_may_follow_and_the_commit_does_not_verify()
    {
        Assert.Equal(("", ""), Refused());
        Assert.Equal((FailureKind.Statement, false), (_health.Worst, _health.VerifyCommit));
        Assert.Null(_health.FirstError);
    }

    [Fact]
    public void S05_After_a_statement_level_error_anything_may_follow_and_the_commit_verifies()
    {
        _health.Note(FailureKind.Statement, new InvalidTimeZoneException("harmless"));
        Assert.Equal(("", ""), Refused());
        Assert.Equal((FailureKind.Statement, true), (_health.Worst, _health.VerifyCommit));
        Assert.Null(_health.FirstError);
    }

    [Fact]
    public void S05_Statements_that_bypassed_the_session_make_the_commit_verify()
    {
        _health.NoteUntracked();
        Assert.True(_health.VerifyCommit);
        Assert.Equal(("", ""), Refused());
    }

    [Theory]
    [InlineData(FailureKind.Aborted, "aborted", "")]
    [InlineData(FailureKind.TransactionLost, "gone", "gone")]
    [InlineData(FailureKind.ConnectionLost, "gone", "gone")]
    public void S05_After_an_aborting_error_only_a_rollback_may_follow(
        FailureKind kind, string toStatements, string toRecoveries)
    {
        var error = new InvalidTimeZoneException("first");
        _health.Note(kind, error);
        _health.Note(kind, new InvalidTimeZoneException("second"));
        Assert.Equal((toStatements, toRecoveries), Refused());
        Assert.Equal((kind, true), (_health.Worst, _health.VerifyCommit));
        Assert.Same(error, _health.FirstError);
    }

    [Fact]
    public void S05_The_worst_error_decides_in_any_order_and_the_first_is_reported()
    {
        var (slight, first, worse) = (new TimeoutException(), new InvalidOperationException("first"), new IOException("worse"));
        _health.Note(FailureKind.Statement, slight);
        _health.Note(FailureKind.Aborted, first);
        _health.Note(FailureKind.TransactionLost, worse);
        _health.Note(FailureKind.Aborted, slight);
        Assert.Equal((FailureKind.TransactionLost, "gone"), (_health.Worst, Refused().Statements));
        var refusal = Assert.Throws<SessionAbortedException>(() => _health.ThrowIfUnusable(Statement, "Pay"));
        Assert.Same(first, refusal.InnerException);
        Assert.Contains("Pay", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void S11_A_rollback_to_a_savepoint_restores_everything_but_the_commits_verification()
    {
        _health.Note(FailureKind.Aborted, new InvalidTimeZoneException());
        _health.Recover();
        Assert.Equal(("", ""), Refused());
        Assert.Equal((FailureKind.Statement, true), (_health.Worst, _health.VerifyCommit));
        Assert.Null(_health.FirstError);
        _health.Note(FailureKind.Aborted, new InvalidTimeZoneException());
        Assert.Equal("aborted", Refused().Statements);
    }

    [Fact]
    public void S05_The_next_transaction_begins_without_earlier_errors()
    {
        _health.Note(FailureKind.ConnectionLost, new InvalidTimeZoneException());
        _health.Forget();
        Assert.Equal(("", ""), Refused());
        Assert.Equal((FailureKind.Statement, false), (_health.Worst, _health.VerifyCommit));
        Assert.Null(_health.FirstError);
    }

    /// <summary>Says how statements and recoveries are refused. A reader can always be closed.</summary>
    private (string Statements, string Recoveries) Refused()
    {
        Assert.Equal("", Refusal(CloseOfReader));
        return (Refusal(Statement), Refusal(Recovery));
    }

    private string Refusal(Operation operation) =>
        Record.Exception(() => _health.ThrowIfUnusable(operation, "Pay")) switch
        {
            null => "",
            SessionAbortedException { Message: var text } when text.Contains("is gone", StringComparison.Ordinal) => "gone",
            SessionAbortedException { Message: var text } when text.Contains("is aborted", StringComparison.Ordinal) => "aborted",
            var other => other.ToString(),
        };
}
