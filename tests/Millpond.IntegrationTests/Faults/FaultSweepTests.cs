using Millpond.IntegrationTests.Servers;
using Npgsql;
using Xunit;
using static Millpond.IntegrationTests.Faults.FaultSweep;

namespace Millpond.IntegrationTests.Faults;

/// <summary>A transfer whose network fails at each of its messages, one after the other.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class FaultSweepTests : IClassFixture<ProxiedDatabase>, IAsyncLifetime
{
    private readonly ProxiedDatabase _database;
    private readonly DbEngine _engine;
    private readonly DbEngine _hurried;
    private readonly FaultSweep _sweep;

    public FaultSweepTests(ProxiedDatabase database)
    {
        _database = database;
        _engine = database.CreateEngine();
        _sweep = new FaultSweep(database, _engine, MakeAsync);
        _hurried = database.CreateEngine(   // where only a limit ends the wait
            static options => options.CleanupTimeout = TimeSpan.FromSeconds(2),
            "&timeout=3&command timeout=2&cancellation timeout=200");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await _database.EndAsync(_engine, _hurried);

    [Theory]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.Close)]
    public async Task S18_A_transfer_cut_at_any_message_is_atomic_and_its_caller_gets_the_true_outcome(
        FaultKind kind) => Assert.True(await _sweep.RunAsync(kind) > 40);   // four commands and a commit, both ways

    [Fact]
    public async Task S18_A_cut_right_after_the_COMMIT_is_unknown_and_one_after_its_answer_is_committed()
    {
        var (client, server) = Count(await _sweep.RecordAsync());
        foreach (var kind in new[] { FaultKind.Reset, FaultKind.Close })
        {
            await _sweep.CutAsync(new FaultPoint(kind, WireSide.Client, client) { After = true }, Told.Unknown);
            await _sweep.CutAsync(new FaultPoint(FaultKind.Close, WireSide.Server, server) { After = true }, Told.Done);
        }
    }

    [Fact]
    public async Task S18_A_commit_that_lost_only_its_answer_was_made()
    {
        var (_, server) = Count(await _sweep.RecordAsync());
        var transfer = Transfer.New();
        _database.Proxy.Arm(new FaultPoint(FaultKind.Reset, WireSide.Server, server));
        Assert.Equal(Told.Unknown, await MakeAsync(transfer));
        Assert.True(await _database.WasMadeAsync(transfer, "only the answer was lost"));   // so "unknown" was no exaggeration
    }

    [Fact]
    public async Task S18_A_transfer_that_vanishes_in_a_black_hole_reports_the_true_outcome_in_time()
    {
        var sweep = new FaultSweep(
            _database, _hurried, transfer => TellAsync(() => _hurried.RunAsync(transfer.MakeAsync, cancellationToken: Token)));
        var (client, server) = Count(await sweep.RecordAsync());
        await sweep.CutAsync(new FaultPoint(FaultKind.BlackHole, WireSide.Client, 1), Told.Nothing);
        await sweep.CutAsync(new FaultPoint(FaultKind.BlackHole, WireSide.Server, server / 2), Told.Nothing);
        await sweep.CutAsync(new FaultPoint(FaultKind.BlackHole, WireSide.Client, client), Told.Unknown);
        await sweep.CutAsync(new FaultPoint(FaultKind.BlackHole, WireSide.Server, server), Told.Unknown);
    }

    [Fact]
    public async Task S18_A_half_closed_transfer_reports_the_true_outcome()
    {
        var (client, server) = Count(await _sweep.RecordAsync());
        foreach (var (side, last) in new[] { (WireSide.Client, client), (WireSide.Server, server) })
        {
            foreach (var kind in new[] { FaultKind.HalfCloseToServer, FaultKind.HalfCloseToClient })
            {
                await _sweep.CutAsync(new FaultPoint(kind, side, last / 2), Told.Nothing);
            }
        }

        await _sweep.CutAsync(new FaultPoint(FaultKind.HalfCloseToServer, WireSide.Client, client), Told.Unknown);
        await _sweep.CutAsync(new FaultPoint(FaultKind.HalfCloseToClient, WireSide.Server, server), Told.Unknown);
        // The server answers before it notices that its client has finished.
        await _sweep.CutAsync(new FaultPoint(FaultKind.HalfCloseToServer, WireSide.Client, client) { After = true }, Told.Done);
    }

    [Fact]
    public async Task S11_A_transfer_with_savepoints_cut_at_any_message_is_atomic()
    {
        var sweep = new FaultSweep(_database, _engine, transfer => TellAsync(() => _engine.RunAsync(
            async (session, token) =>
            {
                await using (await session.BeginTransactionAsync(token))
                {
                    await Transfer.ExecuteAsync(session, "update accounts set balance = 0", token);   // undone
                }

                await using var inner = await session.BeginTransactionAsync(token);
                await transfer.MakeAsync(session, token);
                await inner.CommitAsync(token);
            },
            cancellationToken: Token)));
        Assert.True(await sweep.RunAsync(FaultKind.Reset) > 60);
    }

    [Fact]
    public async Task S11_An_unanswered_rollback_to_a_savepoint_is_reported_as_a_lost_connection()
    {
        await using var session = _hurried.OpenSession();
        await using (await session.BeginTransactionAsync(Token))
        {
            await Transfer.ExecuteAsync(session, "select 1", Token);
            _database.Proxy.Arm(new FaultPoint(FaultKind.BlackHole, WireSide.Client, 1) { Type = 'Q' });
        }

        AssertTellsWhere(await Assert.ThrowsAsync<DatabaseUnavailableException>(() => session.BeginTransactionAsync(Token)));
    }

    [Fact]
    public async Task S04_A_transfer_that_is_rolled_back_is_never_made_wherever_it_is_cut()
    {
        var sweep = new FaultSweep(
            _database,
            _engine,
            transfer => TellAsync(() => _engine.RunAsync(
                async (session, token) =>
                {
                    await transfer.MakeAsync(session, token);
                    throw new InvalidOperationException("the caller's own");
                },
                cancellationToken: Token)),
            clean: Told.Nothing);
        Assert.True(await sweep.RunAsync(FaultKind.Reset) > 40);
    }

    [Fact]
    public async Task S05_A_reader_cut_in_the_middle_fails_and_leaves_nothing_to_commit()
    {
        foreach (var kind in new[] { FaultKind.Reset, FaultKind.Close, FaultKind.HalfCloseToClient, FaultKind.BlackHole })
        {
            var transfer = Transfer.New();
            var fault = _database.Proxy.Arm(new FaultPoint(kind, WireSide.Server, 1000) { Type = 'D' });
            var refused = await Assert.ThrowsAsync<SessionAbortedException>(() => _hurried.RunAsync(
                async (session, token) =>
                {
                    await transfer.MakeAsync(session, token);
                    await using var command = session.Connection.CreateCommand();
                    command.CommandText = "select repeat('x', 1000) from generate_series(1, 5000)";
                    await using var reader = await command.ExecuteReaderAsync(token);
                    var rows = 0;
                    AssertTellsWhere(await Assert.ThrowsAsync<DatabaseUnavailableException>(async () =>
                    {
                        while (await reader.ReadAsync(token))
                        {
                            rows++;
                        }
                    }));
                    Assert.InRange(rows, 1, 999);
                },
                cancellationToken: Token).WaitAsync(TimeSpan.FromSeconds(20), Token));
            AssertKeepsSecrets(refused);
            Assert.True(fault.HasOccurred);
            var sweep = new FaultSweep(_database, _hurried, MakeAsync);
            await sweep.CheckAsync($"{kind} in a reader", transfer, Told.Nothing, Told.Nothing);
        }
    }

    [Theory]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.Close)]
    public async Task G06_A_connection_cut_at_any_message_of_its_opening_leaks_nothing(FaultKind kind)
    {
        IReadOnlyList<WireMessage> all = [];
        await WithNewEngineAsync(async (engine, make) =>
            all = await _database.Proxy.RecordAsync(() => make(Transfer.New())));
        var messages = all.Where(message => message.Connection == all[^1].Connection);   // others may be closing just now
        // The rows of the types are many and alike: one is enough.
        var points = messages.TakeWhile(static message => message.From == WireSide.Server || message.Type != 'P')
            .Where(static message => message.Type != 'D')
            .Select(message => new FaultPoint(kind, message.From, message.Number))
            .Append(new FaultPoint(kind, WireSide.Server, 5) { Type = 'D' })
            .ToArray();
        Assert.True(points.Length > 20, $"{points.Length} points.");
        foreach (var point in points)
        {
            // Cut early, Npgsql tries once more by itself, without GSSAPI: then the transfer is made.
            await WithNewEngineAsync((engine, make) => new FaultSweep(_database, engine, make).CutAsync(point, expected: null));
        }
    }

    private static (int Client, int Server) Count(IReadOnlyList<WireMessage> messages) =>
        (messages.Count(static message => message.From == WireSide.Client),
         messages.Count(static message => message.From == WireSide.Server));

    private async Task WithNewEngineAsync(Func<DbEngine, Func<Transfer, Task<Told>>, Task> work)
    {
        await using var engine = _database.CreateEngine(static options => options.PoolSize = 1);
        await work(engine, transfer => TellAsync(() => engine.RunAsync(transfer.MakeAsync, cancellationToken: Token)));
    }

    private Task<Told> MakeAsync(Transfer transfer) =>
        TellAsync(() => _engine.RunAsync(transfer.MakeAsync, cancellationToken: Token));

    /// <summary>Reads an outcome as a caller does who knows nothing of the fault.</summary>
    private async Task<Told> TellAsync(Func<Task> work)
    {
        try
        {
            await work();
            return Told.Done;
        }
        catch (InvalidOperationException error) when (error.Message == "the caller's own")
        {
            return Told.Nothing;
        }
        catch (DatabaseUnavailableException error)
        {
            AssertTellsWhere(error);
            return Told.Nothing;
        }
        catch (CommitOutcomeException error)
        {
            Assert.Equal(CommitOutcome.Unknown, error.Outcome);
            Assert.Matches(@"\bCOMMIT of [\w<>]+ \(FaultSweepTests\.cs:\d+\)", error.Message);
            AssertKeepsSecrets(error);
            return Told.Unknown;
        }
    }

    private void AssertTellsWhere(DatabaseUnavailableException error)
    {
        Assert.Contains($"127.0.0.1:{_database.Proxy.Port}/", error.Message, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{_database.Proxy.Port}/", error.Server, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
        AssertKeepsSecrets(error);
    }

    private void AssertKeepsSecrets(Exception error)
    {
        var password = new NpgsqlConnectionStringBuilder(PostgresUrl.ToConnectionString(_database.GetUrl())).Password;
        if (password is { Length: > 0 })
        {
            Assert.DoesNotContain(password, error.ToString(), StringComparison.Ordinal);
        }
    }
}
