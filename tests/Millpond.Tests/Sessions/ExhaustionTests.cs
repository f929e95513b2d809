using Millpond.Admission;
using Millpond.Leasing;
using Xunit;

namespace Millpond.Tests.Sessions;

/// <summary>What whoever got no connection is told.</summary>
public sealed class ExhaustionTests : VirtualTimeTestBase
{
    [Fact]
    public async Task G21_A_sentence_about_a_background_job_begins_with_a_capital_letter()
    {
        var engine = Engine(permits: 1);
        await HoldAsync(engine, "background job of POST /orders", count: 1);
        var late = OneAsync(engine, "GET /");
        Time.Advance(TimeSpan.FromSeconds(5));

        var error = await Assert.ThrowsAsync<PoolTimeoutException>(() => late);

        Assert.Contains("(oldest 5.0 s). Background job of POST /orders held 1 of them", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task G21_An_exhausted_pool_names_its_numbers_its_costliest_holders_and_one_remedy()
    {
        var engine = Engine(permits: 4);
        await HoldAsync(engine, "GET /reports", count: 2);
        Time.Advance(TimeSpan.FromSeconds(26));
        var gate = new TaskCompletionSource();
        Provider.At = step => step == "Execute" ? gate.Task : Task.CompletedTask;
        var busy = HoldAsync(engine, "POST /transfers", count: 1);
        var also = HoldAsync(engine, "GET /accounts", count: 1);
        var patient = OneAsync(engine, "GET /");
        Time.Advance(TimeSpan.FromSeconds(1));
        var late = OneAsync(engine, "GET /totals");
        Time.Advance(TimeSpan.FromSeconds(4));

        var error = await Assert.ThrowsAsync<PoolTimeoutException>(() => patient);

        Assert.Equal(
            "No connection became free in pool 'default' within 5 s: 4 of 4 in use, 2 waiting (oldest 5.0 s). GET /reports " +
            "held " +
            "2 of them for up to 31.0 s, 100 % of it idle; GET /accounts held 1 of them for 5.0 s, 0 % of it idle; " +
            "POST /transfers held 1 of them for 5.0 s, 0 % of it idle. Release the session before slow work, or raise " +
            "PoolSize. [MILL1001]",
            error.Message);
        Assert.Equal(
            (4, 4, 2, 5d),
            (error.Pool.Permits, error.Pool.InUse, error.Pool.Waiting, error.Report.Wait.Queue.TotalSeconds));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (error.Report.Wait.Open, error.Report.Wait.ResumeLag));
        Assert.Equal(
            new HolderShare
            {
                Operation = "GET /reports",
                Count = 2,
                PoolTime = TimeSpan.FromSeconds(62),
                Longest = TimeSpan.FromSeconds(31),
                IdleShare = 1,
                LastCommand = "select 'GET /reports'",
            },
            error.Report.Holders[0]);
        gate.SetResult();
        Time.Advance(TimeSpan.FromSeconds(4));
        await Assert.ThrowsAsync<PoolTimeoutException>(() => late);
        await Task.WhenAll(busy, also);
    }

    [Fact]
    public async Task G21_Slow_statements_are_distinguished_from_idle_sessions()
    {
        var engine = Engine(permits: 2);
        var gate = new TaskCompletionSource();
        Provider.At = step => step == "Execute" ? gate.Task : Task.CompletedTask;
        var busy = HoldAsync(engine, "GET /reports", count: 2);
        var late = OneAsync(engine, "GET /");
        Time.Advance(TimeSpan.FromSeconds(5));

        var error = await Assert.ThrowsAsync<PoolTimeoutException>(() => late);

        Assert.Equal(
            "No connection became free in pool 'default' within 5 s: 2 of 2 in use, 1 waiting (oldest 5.0 s). GET /reports " +
            "held 2 " +
            "of them for up to 5.0 s, 0 % of it idle. Its statements are slow: make them faster, or raise PoolSize. Its last " +
            "command: select 'GET /reports'. [MILL1001]",
            error.Message);
        gate.SetResult();
        await busy;
    }

    [Fact]
    public async Task G21_A_busy_but_too_small_pool_is_described_as_such()
    {
        var engine = Engine(permits: 2);
        DbSession[] first = [Open(engine, "GET /quick"), Open(engine, "GET /quick")];
        await Task.WhenAll(first.Select(RunAsync));
        var next = HoldAsync(engine, "GET /quick", count: 2);
        var late = OneAsync(engine, "GET /");
        Time.Advance(TimeSpan.FromSeconds(4.9));
        var (gate, both, executing) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        Provider.At = step =>
        {
            if (step == "Execute" && Interlocked.Increment(ref executing) == 2)
            {
                both.SetResult();
            }

            return step == "Execute" ? gate.Task : Task.CompletedTask;
        };
        await Task.WhenAll(first.Select(static session => session.CommitAsync(Token)));
        await both.Task;
        Time.Advance(TimeSpan.FromSeconds(0.1));

        var error = await Assert.ThrowsAsync<PoolTimeoutException>(() => late);

        Assert.Equal(
            "No connection became free in pool 'default' within 5 s: 2 of 2 in use, 1 waiting (oldest 5.0 s). GET /quick held " +
            "2 of " +
            "them for up to 0.1 s, 0 % of it idle. Demand exceeds the pool: raise PoolSize if the server's " +
            "limit allows it, or admit fewer requests. [MILL1001]",
            error.Message);
        gate.SetResult();
        await next;
    }

    [Fact]
    public async Task G21_A_pool_of_one_is_described_as_a_pool_and_not_as_a_writer()
    {
        var engine = Engine(permits: 1);
        await HoldAsync(engine, "GET /reports", count: 1);
        var late = OneAsync(engine, "GET /");
        Time.Advance(TimeSpan.FromSeconds(5));

        var error = await Assert.ThrowsAsync<PoolTimeoutException>(() => late);

        Assert.EndsWith(
            "100 % of it idle. Release the session before slow work, or raise PoolSize. [MILL1001]",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task G21_A_starved_thread_pool_is_not_reported_as_an_exhausted_pool()
    {
        var engine = Engine(permits: 1);
        await HoldAsync(engine, "GET /reports", count: 1);
        var late = OneAsync(engine, "GET /");
        Time.Advance(TimeSpan.FromSeconds(6.5));   // what should have happened at 5 s happens 1.5 s later

        var error = await Assert.ThrowsAsync<PoolTimeoutException>(() => late);

        Assert.Equal(TimeSpan.FromSeconds(1.5), error.Report.Wait.ResumeLag);
        Assert.EndsWith(
            "Callers resumed up to 1.5 s late: something blocks the thread pool. Find blocking calls (.Result, .Wait(), " +
            "Thread.Sleep, synchronous I/O) before you raise PoolSize. [MILL1001]",
            error.Message,
            StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1.5), engine.GetSnapshot().ResumeLag);
        Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(TimeSpan.Zero, engine.GetSnapshot().ResumeLag);   // forgotten when it is over
    }

    [Fact]
    public async Task G21_A_timeout_in_the_queue_is_not_blamed_on_the_database()
    {
        var engine = Engine(permits: 1);
        var first = Open(engine, "GET /first");
        await RunAsync(first);
        var late = OneAsync(engine, "GET /");
        Time.Advance(TimeSpan.FromSeconds(4));
        var opening = HangOpen();
        await first.CommitAsync(Token);
        await opening;
        Time.Advance(TimeSpan.FromSeconds(1));

        var error = await Assert.ThrowsAsync<PoolTimeoutException>(() => late);

        Assert.Equal((4d, 1d), (error.Report.Wait.Queue.TotalSeconds, error.Report.Wait.Open.TotalSeconds));
        Assert.Contains(
            "The session waited 4.0 s in the queue and 1.0 s for a connection to open. ",
            error.Message,
            StringComparison.Ordinal);

        // Without a queue, the database did not answer.
        opening = HangOpen();
        var alone = OneAsync(engine, "GET /");
        await opening;
        Time.Advance(TimeSpan.FromSeconds(5));
        var unavailable = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => alone);
        Assert.StartsWith("The database at fake did not answer within 5 s.", unavailable.Message, StringComparison.Ordinal);
    }

    private static DbSession Open(DbEngine engine, string operation) =>
        engine.OpenSession(null, new SessionOrigin { Operation = operation });

    private static Task HoldAsync(DbEngine engine, string operation, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => RunAsync(Open(engine, operation))));

    private static async Task OneAsync(DbEngine engine, string operation)
    {
        var session = Open(engine, operation);
        await RunAsync(session);
    }

    private static Task RunAsync(DbSession session) => RunAsync(session, $"select '{session.Origin.Operation}'");

    /// <summary>Lets connections hang while opening from now on.</summary>
    /// <returns>A task that completes when one of them begins.</returns>
    private Task HangOpen()
    {
        var began = new TaskCompletionSource();
        Provider.OpenAsync = async token =>
        {
            var never = new TaskCompletionSource();
            using var registration = token.Register(() => never.TrySetCanceled(token));
            began.TrySetResult();
            await never.Task;
        };
        return began.Task;
    }

    private DbEngine Engine(int permits) =>
        Engine(permits, TimeSpan.FromSeconds(5), static options => options.LeakThreshold = Timeout.InfiniteTimeSpan);
}
