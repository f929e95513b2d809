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
    public async Task S17_Nothing_is_retried_after_an_external_effect_marked_by_a_nested_session()
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
    public async Task S17_An_external_effect_of_an_AfterRollback_hook_does_not_prevent_a_retry()
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
    public async Task S17_Nothing_is_retried_after_a_commit_of_unknown_outcome_of_a_nested_session()
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
    public async Task S17_A_retry_prevented_by_an_effect_is_not_reported_as_attempts_exhausted()
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
    public async Task S17_A_cancellation_before_the_conflict_surfaces_with_the_callers_token()
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
    public async Task S17_A_conflict_reported_by_another_database_does_not_count()
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
