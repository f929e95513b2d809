using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>What is told of a commit that takes longer than it may.</summary>
public sealed class CommitLimitTests : VirtualTimeTestBase
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _late = new();

    [Fact]
    public async Task S18_An_answered_commit_is_complete_even_if_its_connection_is_returned_late()
    {
        var engine = Engine();
        var commit = CommitAsync(engine, slow: "Return");
        Time.Advance(Limit);
        Time.Advance(Grace);
        await commit;
        Assert.Equal((1, 1L), (engine.GetSnapshot().InUse, engine.GetSnapshot().Commits));   // the permit follows the connection

        _late.SetResult();
        await engine.DrainAsync(TimeSpan.Zero, Token);
        Assert.Equal(0, engine.GetSnapshot().InUse);
    }

    [Fact]
    public async Task S18_A_commit_that_was_not_answered_in_time_is_unknown()
    {
        var engine = Engine();
        var commit = CommitAsync(engine, slow: "Commit");
        Time.Advance(Limit);
        Assert.False(commit.IsCompleted);   // the driver may answer yet
        Time.Advance(Grace);
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => commit);
        Assert.Equal(CommitOutcome.Unknown, error.Outcome);
        _late.SetResult();
    }

    [Fact]
    public async Task S18_An_answer_that_arrives_with_the_limit_counts()
    {
        var engine = Engine();
        var commit = CommitAsync(engine, slow: "Commit");
        Time.Advance(Limit);
        _late.SetException(new InvalidTimeZoneException());
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => commit);
        Assert.Equal(0, engine.GetSnapshot().InUse);
    }

    private async Task CommitAsync(DbEngine engine, string slow)
    {
        var session = engine.OpenSession();
        await RunAsync(session);
        Provider.At = step => step == slow ? _late.Task : Task.CompletedTask;
        await session.CommitAsync(Token);
    }

    private DbEngine Engine() => Engine(2, Limit);
}
