using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Millpond.Dapper;
using Millpond.Engine;
using Millpond.IntegrationTests.Servers;
using Millpond.Sessions;
using Xunit;

namespace Millpond.IntegrationTests.Faults;

/// <summary>A server that restarts under five hundred sessions a second (G12).</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class RestartTests
{
    private const int Rate = 500;

    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan After = TimeSpan.FromSeconds(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData((int)PostgresStop.Fast)]
    [InlineData((int)PostgresStop.Immediate)]
    public async Task G12_A_restart_under_load_fails_only_what_was_executing(int stop)
    {
        await using var server = await PostgresServer.StartOwnAsync();
        var url = await server.CreateDatabaseAsync(Token);
        await using var engine = DbEngine.Create(options =>
        {
            options.UsePostgreSql(url);
            options.QueueTarget = Timeout.InfiniteTimeSpan;   // however slow this machine is: it is not about overload
            options.MaxQueue = 10_000;
        });
        await engine.RunAsync(
            static (session, token) => session.ExecuteAsync($"create table t (i int primary key)", token),
            cancellationToken: Token);
        await engine.WarmUpAsync(Token);
        var clock = Stopwatch.StartNew();
        var visits = new ConcurrentBag<Visit>();
        var load = SendAsync(engine, clock, visits);

        await Task.Delay(Before, Token);
        var stopped = clock.Elapsed;
        await server.StopAsync((PostgresStop)stop);
        await server.StartAgainAsync();
        var back = clock.Elapsed;
        await load;

        var tried = visits.Where(static visit => visit.IsTriedAgain).ToList();
        var untried = visits.Where(static visit => !visit.IsTriedAgain).ToList();
        var unknown = tried.Where(static visit => visit.Error is CommitOutcomeException { Outcome: CommitOutcome.Unknown });
        Assert.InRange(unknown.Count(), 0, 15);   // their COMMIT was on its way, and nothing came back to ask by
        Assert.All(tried.Except(unknown), static visit => Assert.True(visit.Error is null, $"{visit}"));
        var failed = untried.Where(static visit => visit.Error is not null).ToList();
        Assert.All(failed, visit => Assert.True(visit.Came <= back && visit.Ended >= stopped, $"{visit}, {stopped} to {back}"));
        Assert.InRange(failed.Count, 0, 15 + 15);   // those that had one of the 15 connections, and those in line for a dead one
        Assert.All(visits, visit => Assert.True(visit.Ended - visit.Came < TimeSpan.FromSeconds(30), $"{visit}"));
        var served = visits.Where(visit => visit.Error is null && visit.Ended > back).Min(static visit => visit.Ended);
        Assert.InRange(served - back, TimeSpan.Zero, TimeSpan.FromSeconds(2.5));

        var stored = (await engine.RunAsync(
            static (session, token) => session.QueryAsync<int>($"select i from t", token), cancellationToken: Token)).ToHashSet();
        Assert.Empty(visits.Where(static visit => visit.Error is null).Select(static visit => visit.Id).Except(stored));
        var now = engine.GetSnapshot();
        Assert.Equal((0, 0, 0, null), (now.InUse, now.Holders.Count, now.Waiting, now.DownSince));
    }

    private static async Task SendAsync(DbEngine engine, Stopwatch clock, ConcurrentBag<Visit> visits)
    {
        List<Task> running = [];
        var length = Before + After + TimeSpan.FromSeconds(4);
        for (var id = 0; clock.Elapsed < length; id++)
        {
            var due = TimeSpan.FromSeconds((double)id / Rate);
            if (due - clock.Elapsed is { Ticks: > 0 } early)
            {
                await Task.Delay(early, Token);
            }

            running.Add(VisitAsync(engine, clock, visits, id));
        }

        await Task.WhenAll(running);
    }

    private static async Task VisitAsync(DbEngine engine, Stopwatch clock, ConcurrentBag<Visit> visits, int id)
    {
        var again = id % 2 == 0;
        var came = clock.Elapsed;
        Exception? error = null;
        try
        {
            await engine.RunAsync(
                (session, token) => session.ExecuteAsync($"insert into t values ({id})", token),
                new DbSessionOptions { Retries = again ? 5 : 0 },
                Token);
        }
        catch (Exception failure)
        {
            error = failure;
        }

        visits.Add(new Visit(id, again, came, clock.Elapsed, error));
    }

    private sealed record Visit(int Id, bool IsTriedAgain, TimeSpan Came, TimeSpan Ended, Exception? Error);
}
