using Millpond.Providers;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>What keeps work from being done again where that is not its own session's doing, and what is told in the end
/// (S17).</summary>
public sealed class RetryLimitTests : VirtualTimeTestBase
{
    private readonly LogLines _log = new();
    private int _tries;

    private static DbSessionOptions Retries { get; } = new() { Retries = 20 };

    [Fact]
    public async Task S17_Nothing_is_tried_again_after_an_effect_that_a_session_opened_inside_it_told()
    {
        var engine = ConflictingEngine();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => InTimeAsync(engine.RunAsync(
            async (session, token) =>
            {
                await engine.RunAsync(
                    (inner, _) =>
                    {
                        inner.MarkExternalEffect("charged the card");
                        return Task.CompletedTask;
                    },
                    cancellationToken: token);
                await ConflictAsync(session);
            },
            Retries,
            Token)));
        Assert.Equal(1, _tries);
        Assert.Contains(_log.Lines, static line => line.Contains(
            "was not retried: a session that was opened inside it had an effect outside the database (charged the card).",
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task S17_What_a_hook_does_outside_of_the_database_after_a_rollback_is_no_obstacle()
    {
        var engine = ConflictingEngine();
        await InTimeAsync(engine.RunAsync(
            (session, _) =>
            {
                session.AfterRollback((_, end) => engine.RunAsync(
                    static (inner, _) =>
                    {
                        inner.MarkExternalEffect("deleted the file");
                        return Task.CompletedTask;
                    },
                    cancellationToken: end));
                return _tries == 2 ? Task.CompletedTask : ConflictAsync(session);
            },
            Retries,
            Token));
        Assert.Equal(2, _tries);
    }

    [Fact]
    public async Task S17_Nothing_is_tried_again_after_a_commit_of_unknown_outcome_of_a_session_opened_inside_it()
    {
        var engine = ConflictingEngine();
        Provider.At = step =>
        {
            (Provider.Kind, var answer) = step == "Commit"
                ? (FailureKind.ConnectionLost, Task.FromException(new EndOfStreamException()))   // it may well have arrived
                : (FailureKind.Statement, Task.CompletedTask);
            return answer;
        };
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => InTimeAsync(engine.RunAsync(
            async (session, token) =>
            {
                await Assert.ThrowsAsync<CommitOutcomeException>(
                    () => engine.RunAsync((inner, _) => RunAsync(inner), cancellationToken: token));
                await ConflictAsync(session);
            },
            Retries,
            Token)));
        Assert.Equal(1, _tries);
    }

    [Fact]
    public async Task S17_Who_is_not_tried_again_for_what_it_did_is_not_told_that_its_tries_were_used_up()
    {
        var engine = ConflictingEngine();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => InTimeAsync(engine.RunAsync(
            (session, _) =>
            {
                if (_tries == 1)
                {
                    session.MarkExternalEffect("charged the card");
                }

                return ConflictAsync(session);
            },
            Retries,
            Token)));
        Assert.Equal(2, _tries);
        Assert.Contains(_log.Lines, static line => line.Contains("(charged the card)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S17_Who_cancelled_before_the_conflict_gets_its_own_token_back()
    {
        var engine = ConflictingEngine();
        using var gone = new CancellationTokenSource();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => InTimeAsync(engine.RunAsync(
            (session, _) =>
            {
                if (_tries == 1)
                {
                    gone.Cancel();
                }

                return ConflictAsync(session);
            },
            Retries,
            gone.Token)));
        Assert.Equal((2, gone.Token), (_tries, error.CancellationToken));
        Assert.Equal(1, engine.GetSnapshot().Retries);
    }

    [Fact]
    public async Task S17_A_conflict_that_another_database_reported_is_no_cause()
    {
        var engine = ConflictingEngine();
        await Assert.ThrowsAsync<InvalidOperationException>(() => InTimeAsync(engine.RunAsync(
            async (session, _) =>
            {
                await RunAsync(session);
                _tries++;
                throw new InvalidOperationException("could not save", new InvalidTimeZoneException("conflict"));
            },
            Retries,
            Token)));
        Assert.Equal(1, _tries);
    }

    private DbEngine ConflictingEngine()
    {
        Provider.IsConflict = static error => error is InvalidTimeZoneException;
        return Engine(2, TimeSpan.FromSeconds(2), options => options.LoggerFactory = _log);
    }

    private Task ConflictAsync(DbSession session)
    {
        _tries++;
        return ReportAsync(session, new InvalidTimeZoneException("conflict"));
    }
}
