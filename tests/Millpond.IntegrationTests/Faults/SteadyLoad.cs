using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Sessions that come by a schedule, whether or not the database keeps up: each inserts a row, and every second one may
/// be tried again.</summary>
internal sealed class SteadyLoad(DbEngine engine, int rate, TimeSpan? timeout = null)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _until = long.MaxValue;

    /// <summary>Gets what became of each.</summary>
    public ConcurrentBag<Visit> Visits { get; } = [];

    /// <summary>Gets the time by which visits are noted.</summary>
    public TimeSpan Now => _clock.Elapsed;

    public IEnumerable<Visit> Served => Visits.Where(static visit => visit.Error is null);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes the table, and fills the pool.</summary>
    public async Task PrepareAsync()
    {
        await engine.RunAsync(
            static (session, token) => session.ExecuteAsync($"create table t (i int primary key)", token),
            cancellationToken: Token);
        await engine.WarmUpAsync(Token);
        _clock.Restart();
    }

    /// <summary>Has them end after a while.</summary>
    public void EndAfter(TimeSpan more) => Volatile.Write(ref _until, (Now + more).Ticks);

    /// <summary>Sends them, and waits for the last.</summary>
    public async Task SendAsync()
    {
        List<Task> running = [];
        for (var id = 0; Now.Ticks < Volatile.Read(ref _until); id++)
        {
            var due = TimeSpan.FromSeconds((double)id / rate);
            if (due - Now is { Ticks: > 0 } early)
            {
                await Task.Delay(early, Token);
            }

            running.Add(VisitAsync(id));
        }

        await Task.WhenAll(running);
    }

    /// <summary>Asserts what holds after every fault: each that was told to be done is there, none that was told to be undone,
    /// none twice; and nothing is held any more.</summary>
    public async Task AssertAllIsWellAsync()
    {
        var stored = (await engine.RunAsync(
            static (session, token) => session.QueryAsync<int>($"select i from t", token), cancellationToken: Token)).ToHashSet();
        Assert.Empty(Served.Select(static visit => visit.Id).Except(stored));
        Assert.Empty(Visits.Where(static visit => visit is { Error: not null, IsUnknown: false })
            .Select(static visit => visit.Id).Intersect(stored));
        Assert.All(Visits, static visit => Assert.IsNotType<Npgsql.PostgresException>(visit.Error));   // done twice is 23505
        var end = Now + TimeSpan.FromSeconds(10);
        while (engine.GetSnapshot() is { } late && late.InUse + late.Holders.Count + late.Waiting > 0 && Now < end)
        {
            await Task.Delay(10, Token);   // clean-ups in the background
        }

        var now = engine.GetSnapshot();
        Assert.Equal((0, 0, 0, null), (now.InUse, now.Holders.Count, now.Waiting, now.DownSince));
    }

    /// <summary>Asserts that somebody was served soon after a moment.</summary>
    public void AssertServedSoonAfter(TimeSpan back) => Assert.InRange(
        Served.Where(visit => visit.Ended > back).Min(static visit => visit.Ended) - back,
        TimeSpan.Zero,
        TimeSpan.FromSeconds(2.5));   // two, and what the machine adds

    private async Task VisitAsync(int id)
    {
        var again = id % 2 == 0;
        var came = Now;
        Exception? error = null;
        try
        {
            await engine.RunAsync(
                (session, token) => session.ExecuteAsync($"insert into t values ({id})", token),
                new DbSessionOptions { Retries = again ? 5 : 0, Timeout = timeout },
                Token);
        }
        catch (Exception failure)
        {
            error = failure;
        }

        Visits.Add(new Visit(id, again, came, Now, error));
    }

    /// <summary>What became of one.</summary>
    internal sealed record Visit(int Id, bool IsTriedAgain, TimeSpan Came, TimeSpan Ended, Exception? Error)
    {
        /// <summary>Gets whether nobody can say whether its row is there.</summary>
        public bool IsUnknown => Error is CommitOutcomeException { Outcome: CommitOutcome.Unknown };
    }
}
