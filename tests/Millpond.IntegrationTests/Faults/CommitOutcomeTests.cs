using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millpond.IntegrationTests.Requests;
using Xunit;
using static Millpond.IntegrationTests.Faults.FaultSweep;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Commits whose answer is lost, where the database is asked what became of them.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class CommitOutcomeTests : IClassFixture<ProxiedDatabase>, IAsyncLifetime
{
    private readonly ProxiedDatabase _database;
    private readonly LogBook _log = new();
    private readonly ILoggerFactory _loggers;
    private readonly DbEngine _engine;
    private readonly FaultSweep _sweep;

    public CommitOutcomeTests(ProxiedDatabase database)
    {
        _database = database;
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));
        _engine = database.CreateEngine(options =>
        {
            options.LoggerFactory = _loggers;
            options.CleanupTimeout = TimeSpan.FromSeconds(3);
            options.Session.ConfirmCommit = true;
        });
        _sweep = new FaultSweep(database, _engine, MakeAsync);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int Confirmed => _log.Of(LogLevel.Information).Count(static line =>
        line.Contains("showed that it was committed", StringComparison.Ordinal));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _database.EndAsync(_engine);
        _loggers.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.Close)]
    public async Task S18_A_commit_whose_answer_was_lost_succeeds_if_it_was_made(FaultKind kind)
    {
        var server = (await _sweep.RecordAsync()).Where(static message => message.From == WireSide.Server).ToList();
        var answer = server.FindLastIndex(static message => message.Type == 'C') + 1;
        var before = _engine.GetSnapshot();
        _database.Proxy.Arm(new FaultPoint(kind, WireSide.Server, answer));
        await _engine.RunAsync(Transfer.New().MakeAsync, cancellationToken: Token);
        var after = _engine.GetSnapshot();
        Assert.Equal((1, 0, 1), (after.Commits - before.Commits, after.Rollbacks - before.Rollbacks, Confirmed));
        await _sweep.UseAllAsync("between");
        await _sweep.CutAsync(new FaultPoint(kind, WireSide.Server, answer), Told.Done);
    }

    [Fact]
    public async Task S18_A_commit_that_never_reached_the_database_is_reported_as_rolled_back()
    {
        var client = (await _sweep.RecordAsync()).Where(static message => message.From == WireSide.Client).ToList();
        var commit = client.FindLastIndex(static message => message.Type == 'P') + 1;
        await _sweep.CutAsync(new FaultPoint(FaultKind.HalfCloseToServer, WireSide.Client, commit), Told.Nothing);

        await _sweep.UseAllAsync("between");
        var before = _engine.GetSnapshot();
        _database.Proxy.Arm(new FaultPoint(FaultKind.HalfCloseToServer, WireSide.Client, commit));
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => _engine.RunAsync(
            Transfer.New().MakeAsync, cancellationToken: Token));
        Assert.Equal((CommitOutcome.RolledBack, true), (error.Outcome, error.IsTransient));
        Assert.EndsWith(
            "Nothing was committed, so the work can be retried. [MILL3006]",
            error.Message,
            StringComparison.Ordinal);
        var after = _engine.GetSnapshot();
        Assert.Equal((0, 1), (after.Commits - before.Commits, after.Rollbacks - before.Rollbacks));
    }

    [Fact]
    public async Task S12_A_session_ended_by_the_drain_while_its_outcome_is_queried_is_not_reported_as_rolled_back()
    {
        await using var engine = _database.CreateEngine(options =>
        {
            options.CleanupTimeout = TimeSpan.FromSeconds(3);
            options.Session.ConfirmCommit = true;
            options.LoggerFactory = _loggers;
        });
        await using var held = await HeldCommit.HoldAsync(_database);
        var id = Guid.NewGuid();
        var ran = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var work = engine.RunAsync(
            async (session, token) =>
            {
                await HeldCommit.InsertAsync(session, id, token);
                session.AfterCommit(_ =>
                {
                    ran.Enqueue("committed");
                    return Task.CompletedTask;
                });
                session.AfterRollback((why, _) =>
                {
                    ran.Enqueue($"rolled back: {why.Reason}");
                    return Task.CompletedTask;
                });
            },
            cancellationToken: Token);
        await held.UntilCommittingAsync();
        var drain = engine.DrainAsync(TimeSpan.Zero, Token);
        await Task.Delay(2000, Token);
        _database.Proxy.ApplyToAll(FaultKind.Close);   // the question begins, and may take three seconds
        while (!_log.Of(LogLevel.Warning).Any(static line => line.Contains("was still running on it", default)))
        {
            await Task.Delay(5, Token);   // until the drain gives up waiting for the session's end
        }

        await held.LetGoAsync();
        await work;   // it succeeds
        await drain;
        Assert.True(await held.IsThereAsync(id));
        Assert.Equal(["committed"], ran);
    }

    [Fact]
    public async Task S18_A_commit_that_is_still_in_progress_is_waited_for()
    {
        await using var held = await HeldCommit.HoldAsync(_database);
        var id = Guid.NewGuid();
        var work = _engine.RunAsync((session, token) => HeldCommit.InsertAsync(session, id, token), cancellationToken: Token);
        await held.UntilCommittingAsync();
        _database.Proxy.ApplyToAll(FaultKind.Close);   // a reset would take along what is not read yet
        await held.LetGoAsync();
        await work;
        Assert.True(await held.IsThereAsync(id));
    }

    [Fact]
    public async Task S18_A_commit_that_does_not_end_is_terminated()
    {
        await using var held = await HeldCommit.HoldAsync(_database);
        var id = Guid.NewGuid();
        var work = _engine.RunAsync((session, token) => HeldCommit.InsertAsync(session, id, token), cancellationToken: Token);
        await held.UntilCommittingAsync();
        _database.Proxy.ApplyToAll(FaultKind.Close);   // a reset would take along what is not read yet
        Assert.Equal(CommitOutcome.RolledBack, (await Assert.ThrowsAsync<CommitOutcomeException>(() => work)).Outcome);
        await held.LetGoAsync();
        Assert.False(await held.IsThereAsync(id));
    }

    [Fact]
    public async Task S18_The_outcome_of_a_commit_not_answered_in_time_is_queried_and_the_work_rolled_back_for_good()
    {
        await using var engine = _database.CreateEngine(
            static options =>
            {
                options.CleanupTimeout = TimeSpan.FromSeconds(2);
                options.Session.ConfirmCommit = true;
            },
            "&cancellation timeout=-1");   // the driver gives up at once, and nobody tells the server
        await using var held = await HeldCommit.HoldAsync(_database);
        var id = Guid.NewGuid();
        var work = engine.RunAsync((session, token) => HeldCommit.InsertAsync(session, id, token), cancellationToken: Token);
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => work);
        Assert.Equal(CommitOutcome.RolledBack, error.Outcome);
        await held.LetGoAsync();
        Assert.False(await held.IsThereAsync(id));
    }

    [Fact]
    public async Task S18_Without_another_connection_the_outcome_is_unknown()
    {
        await using var held = await HeldCommit.HoldAsync(_database);
        var work = _engine.RunAsync(
            (session, token) => HeldCommit.InsertAsync(session, Guid.NewGuid(), token), cancellationToken: Token);
        await held.UntilCommittingAsync();
        await _database.Proxy.RefuseAsync();
        _database.Proxy.ApplyToAll(FaultKind.Close);   // a reset would take along what is not read yet
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => work);
        Assert.Equal((CommitOutcome.Unknown, false), (error.Outcome, error.IsTransient));
        Assert.Equal(0, _engine.GetSnapshot().InUse);
    }

    [Fact]
    public async Task S18_A_session_that_wrote_nothing_counts_as_committed_even_if_its_connection_was_lost()
    {
        await _sweep.UseAllAsync("at first");
        static Task<long> ReadAsync(DbSession session, CancellationToken token) =>
            session.ScalarAsync("select count(*) from transfers", token);
        var messages = await _database.Proxy.RecordAsync(() => _engine.RunAsync(ReadAsync, cancellationToken: Token));
        var server = messages.Where(static message => message.From == WireSide.Server).ToList();
        var answer = server.FindLastIndex(static message => message.Type == 'C') + 1;
        var fault = _database.Proxy.Arm(new FaultPoint(FaultKind.Reset, WireSide.Server, answer));
        Assert.True(await _engine.RunAsync(ReadAsync, cancellationToken: Token) > 0);
        Assert.True(fault.HasOccurred);
    }

    [Fact]
    public async Task S18_After_200_random_cuts_acknowledged_work_exists_and_rolled_back_work_does_not()
    {
        var random = new Random(20_260_801);
        var messages = await _sweep.RecordAsync();
        var told = new Dictionary<Told, int>();
        FaultKind[] kinds = [FaultKind.Reset, FaultKind.Close, FaultKind.HalfCloseToServer, FaultKind.HalfCloseToClient];
        for (var cut = 0; cut < 200; cut++)
        {
            var atCommit = random.Next(2) == 0;   // every other one at the answer to COMMIT or around it
            var side = atCommit ? WireSide.Server : (WireSide)random.Next(2);
            var count = messages.Count(message => message.From == side);
            var number = count - random.Next(atCommit ? 6 : count);
            var point = new FaultPoint(kinds[random.Next(kinds.Length)], side, number)
            {
                After = random.Next(2) == 0,
                OnOneConnection = true,
            };
            await _sweep.UseAllAsync($"before cut {cut}");   // else a ping or a new connection takes the messages that count
            var transfer = Transfer.New();
            _database.Proxy.Arm(point);
            var outcome = await MakeAsync(transfer).WaitAsync(TimeSpan.FromSeconds(20), Token);
            _database.Proxy.Heal();
            var made = await _database.WasMadeAsync(transfer, $"Cut {cut}, {point}");
            var isTrue = outcome == Told.Unknown || made == (outcome == Told.Done);
            Assert.True(isTrue, $"Cut {cut}, {point}: {outcome}, made is {made}.");
            told[outcome] = told.GetValueOrDefault(outcome) + 1;
        }

        await _sweep.UseAllAsync("after all cuts");

        // Unknown is what was cut before the question in front of COMMIT was answered.
        Assert.True(told[Told.Nothing] > 50 && Confirmed > 20, $"{string.Join(", ", told)}; {Confirmed} confirmed.");
    }

    [Fact]
    public async Task S18_Without_permission_to_query_the_outcome_commits_work_and_lost_ones_are_unknown()
    {
        await _database.LookAsync(
            "revoke execute on function pg_control_system() from public; drop role if exists unasked; " +
            "create role unasked login password 'pw'; grant all on all tables in schema public to unasked; select 0");
        try
        {
            var lead = new UriBuilder(_database.GetUrl()) { UserName = "unasked", Password = "pw" }.Uri.AbsoluteUri;
            await using var engine = DbEngine.Create(options =>
            {
                options.UsePostgreSql(lead);
                (options.PoolSize, options.MaxOverflow) = (2, 0);
                options.Session.ConfirmCommit = true;
            });
            for (var round = 0; round < 2; round++)
            {
                var transfer = Transfer.New();
                await engine.RunAsync(transfer.MakeAsync, cancellationToken: Token);
                Assert.True(await _database.WasMadeAsync(transfer, "by a role that may not ask"));
            }

            var sweep = new FaultSweep(_database, engine, async transfer =>
            {
                await engine.RunAsync(transfer.MakeAsync, cancellationToken: Token);
                return Told.Done;
            });
            var messages = await sweep.RecordAsync();
            _database.Proxy.Arm(new FaultPoint(
                FaultKind.Reset, WireSide.Server, messages.Count(static message => message.From == WireSide.Server)));
            var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => engine.RunAsync(
                Transfer.New().MakeAsync, cancellationToken: Token));
            Assert.Equal(CommitOutcome.Unknown, error.Outcome);
        }
        finally
        {
            await _database.LookAsync(
                "grant execute on function pg_control_system() to public; drop owned by unasked; drop role unasked; select 0");
        }
    }

    /// <summary>Reads an outcome as a caller does who knows nothing of the fault.</summary>
    private async Task<Told> MakeAsync(Transfer transfer)
    {
        try
        {
            await _engine.RunAsync(transfer.MakeAsync, cancellationToken: Token);
            return Told.Done;
        }
        catch (DatabaseUnavailableException)
        {
            return Told.Nothing;
        }
        catch (CommitOutcomeException error)
        {
            return error.Outcome == CommitOutcome.RolledBack ? Told.Nothing : Told.Unknown;
        }
    }
}
