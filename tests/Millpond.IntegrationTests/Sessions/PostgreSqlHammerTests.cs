using System.Collections.Concurrent;
using System.Data.Common;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>Mixed work under random cancellations, with backends killed at random.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlHammerTests : SessionTestBase
{
    private const int Sessions = 600;

    [Fact]
    public async Task G06_Under_kills_and_cancellations_exactly_the_acknowledged_work_is_kept()
    {
        var engine = CreateEngine(static options =>
        {
            (options.PoolSize, options.MaxOverflow) = (4, 2);
            options.QueueTarget = Timeout.InfiniteTimeSpan;   // as a batch has it: it is about kills, not about overload
        });
        var kept = new ConcurrentBag<int>();
        var unknown = new ConcurrentBag<int>();
        var failed = new ConcurrentBag<string>();
        var random = new Random(20_261_122);
        var given = Enumerable.Range(1, Sessions).Select(id => (Id: id, Kind: random.Next(6), Patience: random.Next(4) switch
        {
            0 => random.Next(0, 80),
            _ => 5_000,
        })).ToList();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var killer = KillAsync(over.Token);
        var crowd = new ParallelOptions { MaxDegreeOfParallelism = 24, CancellationToken = Token };
        await Parallel.ForEachAsync(given, crowd, async (one, _) =>
        {
            using var patience = new CancellationTokenSource(one.Patience);
            try
            {
                await engine.RunAsync(
                    (session, token) => WorkAsync(session, one.Id, one.Kind, token), cancellationToken: patience.Token);
                kept.Add(one.Id);
            }
            catch (CommitOutcomeException)
            {
                unknown.Add(one.Id);
            }
            catch (Exception error) when (error is OperationCanceledException or DbException or InvalidTimeZoneException)
            {
                failed.Add(error.GetType().Name);
            }
        });
        await over.CancelAsync();
        Assert.NotEqual(0, await killer);   // the fault happened

        await AssertNothingHeldAsync(engine);
        var stored = await StoredAsync();
        Assert.Empty(kept.Except(stored));
        Assert.Empty(stored.Except(kept).Except(unknown));
        Assert.Equal(0, await CountUsersAsync("name like 'undone%'"));
        Assert.Equal(Sessions, kept.Count + unknown.Count + failed.Count);
        var why = string.Join(", ", failed.CountBy(static name => name));
        Assert.True(kept.Count > Sessions / 4, $"Only {kept.Count} were kept: {why}.");

        // Every connection of the pool is in its right mind.
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            try
            {
                await engine.RunAsync(
                    (session, token) => ExecuteAsync(session, "select pg_sleep(0.1)", token), cancellationToken: Token);
            }
            catch (Millpond.DatabaseUnavailableException)
            {
                // One that was killed in the pool is found out by its next user.
            }
        }));
        Assert.Equal(1, await engine.RunAsync(
            (session, token) => ScalarAsync<int>(session, "select 1", token), cancellationToken: Token));
    }

    private static async Task WorkAsync(DbSession session, int id, int kind, CancellationToken token)
    {
        await ExecuteAsync(session, $"insert into users values ({id}, 'user {id}')", token);
        switch (kind)
        {
            case 0:
                await ScalarAsync<long>(session, "select count(*) from users, pg_sleep(0.01)", token);
                break;
            case 1:
                await using (await session.BeginTransactionAsync(token))
                {
                    await ExecuteAsync(session, $"insert into users values ({id + 100_000}, 'undone {id}')", token);
                }

                break;
            case 2:
                await using (var inner = await session.BeginTransactionAsync(token))
                {
                    try
                    {
                        await ExecuteAsync(session, "select 1/0", token);
                    }
                    catch (DbException) when (session.State == SessionState.Aborted)
                    {
                        await inner.RollbackAsync(token);
                    }
                }

                break;
            case 3:
                var left = await ReaderAsync(session, "select repeat('x', 500) from generate_series(1, 2000)", token);
                await left.ReadAsync(token);
                if (id % 2 == 0)
                {
                    throw new InvalidTimeZoneException();   // with the reader open
                }

                await left.DisposeAsync();
                break;
            case 4:
                using (var reader = await ReaderAsync(session, "select generate_series(1, 50)", token))
                {
                    await reader.ReadAsync(token);
                }

                break;
            default:
                await Task.Delay(3, token);
                break;
        }
    }

    private async Task<int> KillAsync(CancellationToken token)
    {
        var killed = 0;
        await using var other = Database.CreateEngine(static options => options.PoolSize = 1);
        while (!token.IsCancellationRequested)
        {
            killed += await other.RunAsync(
                (session, _) => ScalarAsync<int>(
                    session,
                    "select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity where datname = " +
                    "current_database() and pid <> pg_backend_pid() order by random() limit 1) as one",
                    CancellationToken.None),
                cancellationToken: CancellationToken.None);
            await Task.Delay(60, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return killed;
    }

    private async Task<List<int>> StoredAsync()
    {
        List<int> ids = [];
        await using var other = Database.CreateEngine(static options => options.PoolSize = 1);
        await other.RunAsync(
            async (session, token) =>
            {
                await using var reader = await ReaderAsync(session, "select id from users", token);
                while (await reader.ReadAsync(token))
                {
                    ids.Add(reader.GetInt32(0));
                }
            },
            cancellationToken: Token);
        return ids;
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => ScratchDatabase.PostgreSqlAsync();
}
