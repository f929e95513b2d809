using System.Diagnostics;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>
/// A network that loses everything, new connections too, and tells nobody: only our own limits end the wait. Left to itself the
/// driver waits 15 s for each answer.
/// </summary>
[Trait("Needs", "PostgreSQL")]
public sealed class BlackHoleTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>, IAsyncLifetime
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(1500);   // the pool is filled within it afterwards

    /// <summary>Much more than our limits, much less than the driver's.</summary>
    private static readonly TimeSpan InTime = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        database.Proxy.Heal();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task S18_An_unanswered_commit_is_reported_as_unknown_at_the_clean_up_limit()
    {
        await using var engine = database.CreateEngine(static options => options.CleanupTimeout = Short);
        var transfer = Transfer.New();
        await using var session = engine.OpenSession();
        await transfer.MakeAsync(session, Token);
        database.Proxy.DropEverything();
        var clock = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<CommitOutcomeException>(() => session.CommitAsync(Token));
        await AssertOverAsync(clock, engine, transfer);
        Assert.Equal(CommitOutcome.Unknown, error.Outcome);
    }

    [Fact]
    public async Task S07_An_unanswered_rollback_ends_at_the_clean_up_limit()
    {
        await using var engine = database.CreateEngine(static options => options.CleanupTimeout = Short);
        var transfer = Transfer.New();
        await using var session = engine.OpenSession();
        await transfer.MakeAsync(session, Token);
        database.Proxy.DropEverything();
        var clock = Stopwatch.StartNew();
        await session.RollbackAsync(Token);
        await AssertOverAsync(clock, engine, transfer);
        await transfer.MakeAsync(session, Token);   // the session itself goes on
        await session.CommitAsync(Token);
        Assert.True(await database.WasMadeAsync(transfer, "after the rollback"));
    }

    [Fact]
    public async Task S07_An_unanswered_end_of_a_session_ends_at_the_clean_up_limit()
    {
        await using var engine = database.CreateEngine(static options => options.CleanupTimeout = Short);
        var transfer = Transfer.New();
        var session = engine.OpenSession();
        await transfer.MakeAsync(session, Token);
        database.Proxy.DropEverything();
        var clock = Stopwatch.StartNew();
        await session.DisposeAsync();
        await AssertOverAsync(clock, engine, transfer);
    }

    [Fact]
    public async Task S07_Callers_that_give_up_on_an_unresponsive_server_are_released_at_the_clean_up_limit()
    {
        await using var engine = database.CreateEngine(static options =>
            (options.PoolSize, options.CleanupTimeout) = (10, Short));
        using var patience = new CancellationTokenSource();
        using var barrier = new CountdownEvent(10);
        var callers = Enumerable.Range(0, 10).Select(_ => engine.RunAsync(
            async (session, token) =>
            {
                await session.ExecuteAsync($"select 1", token);
                barrier.Signal();
                await session.ExecuteAsync($"select pg_sleep(60)", token);
            },
            cancellationToken: patience.Token)).ToList();
        Assert.True(await Task.Run(() => barrier.Wait(InTime), Token));
        await Task.Delay(200, Token);
        database.Proxy.DropEverything();
        var clock = Stopwatch.StartNew();
        await patience.CancelAsync();
        foreach (var caller in callers)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller);
        }

        await AssertOverAsync(clock, engine, Transfer.New());
    }

    [Fact]
    public async Task G12_An_engine_started_during_an_outage_works_soon_after_it()
    {
        await using var engine = database.CreateEngine(static options => options.PoolTimeout = Short);
        database.Proxy.DropEverything();
        var clock = Stopwatch.StartNew();
        while (engine.GetSnapshot().DownSince is null)
        {
            Assert.True(clock.Elapsed < InTime, "It was never down.");
            await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
                static (session, token) => session.ExecuteAsync($"select 1", token), cancellationToken: Token));
        }

        database.Proxy.Heal(resets: false);   // what hangs goes on hanging
        clock.Restart();
        while (await Record.ExceptionAsync(() => engine.RunAsync(
            static (session, token) => session.ExecuteAsync($"select 1", token), cancellationToken: Token)) is not null)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"It took {clock.Elapsed}.");
        }
    }

    [Fact]
    public async Task G02_An_unanswered_opening_ends_at_the_deadline()
    {
        await using var engine = database.CreateEngine(static options => options.PoolTimeout = Deadline);
        database.Proxy.DropEverything();
        var clock = Stopwatch.StartNew();
        var transfer = Transfer.New();
        var error = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => engine.RunAsync(
            transfer.MakeAsync, cancellationToken: Token));
        Assert.Contains("did not answer within 1.5 s", error.Message, StringComparison.Ordinal);
        await AssertOverAsync(clock, engine, transfer);
    }

    [Fact]
    public async Task G02_Many_unanswered_openings_end_at_their_deadlines_and_leak_no_connection()
    {
        await using var engine = database.CreateEngine(static options => options.PoolTimeout = Deadline);
        database.Proxy.DropEverything();
        var clock = Stopwatch.StartNew();
        var errors = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Record.ExceptionAsync(
            () => engine.RunAsync(Transfer.New().MakeAsync, cancellationToken: Token)).AsTask()));
        Assert.All(errors, static error => Assert.True(
            error is DatabaseUnavailableException or Millpond.PoolTimeoutException, error?.ToString()));
        await AssertOverAsync(clock, engine, Transfer.New());
    }

    /// <summary>Asserts that it is over in time, that nothing was done, and that the engine works again.</summary>
    private async Task AssertOverAsync(Stopwatch clock, DbEngine engine, Transfer transfer)
    {
        Assert.True(clock.Elapsed < InTime, $"It took {clock.Elapsed}.");
        database.Proxy.Heal();
        while (engine.GetSnapshot().DownSince is not null && clock.Elapsed < InTime + InTime)
        {
            await Task.Delay(10, Token);   // the probe asks twice a second or more
        }

        Assert.False(await database.WasMadeAsync(transfer, "a black hole"));
        await new FaultSweep(database, engine, static _ => Task.FromResult(FaultSweep.Told.Done)).UseAllAsync("a black hole");
    }
}
