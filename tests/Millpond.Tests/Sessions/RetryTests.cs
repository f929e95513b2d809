using System.Diagnostics;
using Millpond.Providers;
using Xunit;

#pragma warning disable MILLSEAM // a provider of the test's own

namespace Millpond.Tests.Sessions;

/// <summary>Work that RunAsync does again (S17), on an engine without a database.</summary>
public sealed class RetryTests : VirtualTimeTestBase
{
    private readonly List<long> _tries = [];

    private static DbSessionOptions Retries(int most) => new() { Retries = most };

    [Fact]
    public async Task S17_Work_with_a_conflict_is_retried_with_a_new_session()
    {
        var engine = ConflictingEngine();
        var result = await InTimeAsync(engine.RunAsync(
            async (session, token) =>
            {
                await RunAsync(session);
                return await FailUntilAsync(session, 3) ? "done" : "never";
            },
            Retries(2),
            Token));

        Assert.Equal("done", result);
        Assert.Equal(3, _tries.Distinct().Count());
        var now = engine.GetSnapshot();
        Assert.Equal((2, 1, 2), (now.Retries, now.Commits, now.Rollbacks));
        NothingHeld(engine);
    }

    [Fact]
    public async Task S17_A_conflict_as_an_inner_exception_counts()
    {
        var engine = ConflictingEngine();
        await InTimeAsync(engine.RunAsync(
            async (session, _) =>
            {
                if (_tries.Count == 0 && await Record.ExceptionAsync(() => ConflictAsync(session)) is { } conflict)
                {
                    throw new InvalidOperationException("could not save", conflict);
                }
            },
            Retries(1),
            Token));
        Assert.Single(_tries);
    }

    [Theory]
    [InlineData(CommitOutcome.RolledBack, 2)]
    [InlineData(CommitOutcome.Unknown, 1)]
    public async Task S17_A_lost_commit_is_retried_if_the_database_reports_that_nothing_was_committed(
        CommitOutcome outcome, int wanted)
    {
        var engine = ConflictingEngine();
        var tries = 0;
        var run = Record.ExceptionAsync(() => InTimeAsync(engine.RunAsync(
            (session, _) => ++tries > 1
                ? Task.CompletedTask
                : ReportAsync(session, new CommitOutcomeException(
                    "a transfer", outcome, TimeSpan.FromSeconds(5), new InvalidTimeZoneException())),
            Retries(1),
            Token)));
        Assert.Equal(outcome == CommitOutcome.Unknown, await run is CommitOutcomeException);
        Assert.Equal(wanted, tries);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task S17_A_connection_lost_between_the_rows_of_a_mappers_reader_is_reported_and_retried(
        int retries)
    {
        (Provider.EntityFrameworkCastsReaders, Provider.Kind) = (true, FailureKind.ConnectionLost);
        var engine = ConflictingEngine();
        var tries = 0;
        Provider.At = step => step == "Read" && ++tries < 2 ? Task.FromException(new FakeDbException()) : Task.CompletedTask;
        var run = Record.ExceptionAsync(() => InTimeAsync(engine.RunAsync(FakeReader.ReadAsync, Retries(retries), Token)));
        var error = await run;
        Assert.Equal(retries > 0 ? 2 : 1, tries);
        Assert.Equal(retries > 0, error is null);
        if (error is not null)
        {
            var told = Assert.IsType<DatabaseUnavailableException>(error);
            Assert.Equal("MILL2001", told.Code);
            Assert.IsType<FakeDbException>(told.InnerException);
        }

        NothingHeld(engine);
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task S17_A_conflict_between_the_rows_of_a_mappers_reader_is_retried_if_the_transaction_has_failed(
        bool failed, int wanted)
    {
        Provider.EntityFrameworkCastsReaders = true;
        var engine = ConflictingEngine();
        var reads = 0;
        Provider.At = step => step == "Read" && ++reads == 1 && failed ? Conflict() : Task.CompletedTask;
        var run = Record.ExceptionAsync(() => InTimeAsync(engine.RunAsync(
            async (session, token) =>
            {
                await FakeReader.ReadAsync(session, token);
                await (failed ? Task.CompletedTask : Conflict());   // another database's
            },
            Retries(1),
            Token)));

        static Task Conflict() => Task.FromException(new InvalidTimeZoneException("conflict"));
        Assert.Equal(failed, await run is null);
        Assert.Equal(wanted, reads);
    }

    [Fact]
    public async Task S17_A_conflict_in_every_attempt_is_reported_with_the_number_of_attempts()
    {
        var engine = ConflictingEngine();
        var error = await Assert.ThrowsAsync<SerializationConflictException>(() => InTimeAsync(engine.RunAsync(
            (session, _) => ConflictAsync(session), Retries(3), Token)));

        Assert.Contains("in each of 4 attempts", error.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidTimeZoneException>(error.InnerException);
        Assert.Equal((4, true, "MILL3005"), (_tries.Count, error.IsTransient, error.Code));
    }

    [Fact]
    public async Task S17_A_conflict_at_the_commit_is_retried()
    {
        var engine = ConflictingEngine();
        var commits = 0;
        Provider.At = step => step == "Commit" && ++commits == 1
            ? Task.FromException(new InvalidTimeZoneException("conflict"))
            : Task.CompletedTask;
        await InTimeAsync(engine.RunAsync((session, _) => RunAsync(session), Retries(1), Token));
        Assert.Equal((2, 1L), (commits, engine.GetSnapshot().Commits));
    }

    [Fact]
    public async Task S17_A_connection_lost_before_the_commit_is_retried_and_finally_thrown_unchanged()
    {
        var engine = ConflictingEngine();
        Provider.Kind = FailureKind.ConnectionLost;
        Provider.At = static step => step == "Execute"
            ? Task.FromException(new EndOfStreamException())
            : Task.CompletedTask;
        var tries = 0;
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => InTimeAsync(engine.RunAsync(
            (session, _) =>
            {
                tries++;
                return RunAsync(session);
            },
            Retries(2),
            Token)));
        Assert.Equal(3, tries);
        NothingHeld(engine);
    }

    [Fact]
    public async Task S17_Without_retries_a_conflict_is_thrown_unchanged()
    {
        var engine = ConflictingEngine();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => InTimeAsync(engine.RunAsync(
            (session, _) => ConflictAsync(session), Retries(0), Token)));
        Assert.Single(_tries);
    }

    [Fact]
    public async Task S17_An_error_that_is_not_a_conflict_is_not_retried()
    {
        var engine = ConflictingEngine();
        await Assert.ThrowsAsync<InvalidOperationException>(() => InTimeAsync(engine.RunAsync(
            (session, _) =>
            {
                _tries.Add(session.Id);
                return Task.FromException(new InvalidOperationException());
            },
            Retries(5),
            Token)));
        Assert.Single(_tries);
    }

    [Fact]
    public async Task S17_Nothing_is_retried_after_a_commit_and_the_log_and_the_trace_say_so()
    {
        var log = new LogLines();
        var engine = ConflictingEngine(log);
        using var activity = new Activity("request").Start();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => InTimeAsync(engine.RunAsync(
            async (session, token) =>
            {
                await RunAsync(session);
                await session.CommitAsync(token);
                await ConflictAsync(session);
            },
            Retries(5),
            Token)));

        Assert.Single(_tries);
        Assert.Contains(log.Lines, static line => line.Contains(
            "and was not retried: it had committed before it failed.", StringComparison.Ordinal));
        Assert.Equal("millpond.not_retried", Assert.Single(activity.Events).Name);
    }

    [Fact]
    public async Task S17_Nothing_is_retried_after_a_commit_of_a_nested_session()
    {
        var log = new LogLines();
        var engine = ConflictingEngine(log);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => InTimeAsync(engine.RunAsync(
            async (session, token) =>
            {
                await engine.RunAsync((inner, _) => RunAsync(inner), cancellationToken: token);
                await ConflictAsync(session);
            },
            Retries(5),
            Token)));

        Assert.Single(_tries);
        Assert.Contains(log.Lines, static line => line.Contains("opened inside it had committed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S17_A_nested_session_that_only_read_does_not_prevent_a_retry()
    {
        var engine = ConflictingEngine();
        var reads = new DbSessionOptions { Access = SessionAccess.ReadOnly };
        await InTimeAsync(engine.RunAsync(
            async (session, token) =>
            {
                await engine.RunAsync((inner, _) => RunAsync(inner), reads, token);
                await FailUntilAsync(session, 2);
            },
            Retries(1),
            Token));
        Assert.Equal(2, _tries.Count);
    }

    [Fact]
    public async Task S17_A_commit_by_an_AfterRollback_hook_does_not_prevent_a_retry()
    {
        var engine = ConflictingEngine();
        var undone = 0;
        await InTimeAsync(engine.RunAsync(
            async (session, token) =>
            {
                await RunAsync(session);
                session.AfterRollback((_, end) =>
                {
                    undone++;
                    return engine.RunAsync((inner, _) => RunAsync(inner), cancellationToken: end);
                });
                await FailUntilAsync(session, 3);
            },
            Retries(2),
            Token));
        Assert.Equal((3, 2), (_tries.Count, undone));
    }

    [Fact]
    public async Task S17_Nothing_is_retried_after_an_external_effect()
    {
        var log = new LogLines();
        var engine = ConflictingEngine(log);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => InTimeAsync(engine.RunAsync(
            (session, _) =>
            {
                session.MarkExternalEffect("charged the card");
                return ConflictAsync(session);
            },
            Retries(5),
            Token)));

        Assert.Single(_tries);
        Assert.Contains(log.Lines, static line => line.Contains("(charged the card)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S17_A_commit_with_an_unknown_outcome_is_never_retried()
    {
        var log = new LogLines();
        var engine = ConflictingEngine(log);
        Provider.IsConflict = static _ => true;
        Provider.Kind = FailureKind.ConnectionLost;
        Provider.At = static step => step == "Commit" ? Task.FromException(new EndOfStreamException()) : Task.CompletedTask;
        var tries = 0;
        await Assert.ThrowsAsync<CommitOutcomeException>(() => InTimeAsync(engine.RunAsync(
            (session, _) =>
            {
                tries++;
                return RunAsync(session);
            },
            Retries(5),
            Token)));
        Assert.Equal(1, tries);
        Assert.DoesNotContain(log.Lines, static line => line.Contains("not retried", StringComparison.Ordinal));
    }

    [Fact]
    public async Task S17_Nothing_is_retried_after_a_swallowed_commit_of_unknown_outcome()
    {
        var engine = ConflictingEngine();
        Provider.Kind = FailureKind.ConnectionLost;
        Provider.At = static step => step == "Commit" ? Task.FromException(new EndOfStreamException()) : Task.CompletedTask;
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => InTimeAsync(engine.RunAsync(
            async (session, token) =>
            {
                await RunAsync(session);
                await Assert.ThrowsAsync<CommitOutcomeException>(() => session.CommitAsync(token));
                Provider.Kind = FailureKind.Statement;
                await ConflictAsync(session);
            },
            Retries(5),
            Token)));
        Assert.Single(_tries);
    }

    [Fact]
    public async Task S17_A_cancellation_during_the_pause_takes_effect_immediately()
    {
        var engine = ConflictingEngine();
        using var gone = new CancellationTokenSource();
        var run = engine.RunAsync((session, _) => ConflictAsync(session), Retries(5), gone.Token);
        Assert.False(run.IsCompleted);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Single(_tries);
    }

    [Fact]
    public async Task S17_A_failed_attempt_drops_its_hooks()
    {
        var engine = ConflictingEngine();
        List<string> ran = [];
        await InTimeAsync(engine.RunAsync(
            (session, _) =>
            {
                var number = _tries.Count + 1;
                session.AfterCommit(_ => Note(ran, $"committed {number}"));
                session.AfterRollback((why, _) => Note(ran, $"rolled back {number}: {why.Error!.GetType().Name}"));
                return FailUntilAsync(session, 2);
            },
            Retries(1),
            Token));
        Assert.Equal(["rolled back 1: InvalidTimeZoneException", "committed 2"], ran);
    }

    private static Task Note(List<string> notes, string note)
    {
        notes.Add(note);
        return Task.CompletedTask;
    }

    private DbEngine ConflictingEngine(LogLines? log = null)
    {
        Provider.IsConflict = static error => error is InvalidTimeZoneException;
        return Engine(1, TimeSpan.FromSeconds(2), options =>
        {
            if (log is not null)
            {
                options.LoggerFactory = log;
            }
        });
    }

    private Task ConflictAsync(DbSession session)
    {
        _tries.Add(session.Id);
        return ReportAsync(session, new InvalidTimeZoneException("conflict"));
    }

    private async Task<bool> FailUntilAsync(DbSession session, int success)
    {
        _tries.Add(session.Id);
        if (_tries.Count != success)
        {
            await ReportAsync(session, new InvalidTimeZoneException("conflict"));
        }

        return true;
    }

    /// <summary>Advances the time past the pauses between attempts.</summary>
    private async Task<T> InTimeAsync<T>(Task<T> run)
    {
        await InTimeAsync((Task)run);
        return await run;
    }
}
