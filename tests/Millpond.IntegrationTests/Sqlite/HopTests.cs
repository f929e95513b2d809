using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

/// <summary>The ledger of hops: how often a session needs its connection's thread, and which hops it waits for.</summary>
public sealed class HopTests : HopTestBase
{
    private const string Insert = "insert into users (name) select 'user ' || count(*) from users";
    private const string Read = "select count(*) from users";
    private const string Both = "select id, name from users where id in (1, 2)";
    private const string Move = "update users set name = name || '!' where id = 1";

    private static DbSessionOptions Autocommit => new() { Mode = SessionMode.Autocommit };

    [Fact]
    public async Task G30_A_read_costs_one_awaited_hop() =>
        Assert.Equal([Read, Boundary], await HopsOfAsync(engine => ReadAsync(engine, ReadOnly)));

    [Fact]
    public async Task G30_A_reader_of_a_few_rows_needs_no_further_hop_to_read_and_close() =>
        Assert.Equal([Both, Boundary], await HopsOfAsync(engine => engine.RunAsync(ReadBothAsync, ReadOnly, Token)));

    [Fact]
    public async Task G30_A_write_costs_two_hops() => Assert.Equal(
        [Insert, Boundary],
        await HopsOfAsync(engine => engine.RunAsync(
            (session, token) => ExecuteAsync(session, Insert, token), cancellationToken: Token)));

    [Fact]
    public async Task G30_A_transfer_costs_four_hops() => Assert.Equal(
        [Both, Move, Move, Boundary],
        await HopsOfAsync(engine => engine.RunAsync(
            async (session, token) =>
            {
                await ReadBothAsync(session, token);
                await ExecuteAsync(session, Move, token);
                await ExecuteAsync(session, Move, token);
            },
            cancellationToken: Token)));

    [Fact]
    public async Task S27_Queued_statements_cost_no_hop()
    {
        Assert.Equal(
            [Both, Boundary],   // the second runs the moves and commits
            await HopsOfAsync(engine => engine.RunAsync(
                async (session, token) =>
                {
                    await ReadBothAsync(session, token);
                    Queue(session, Move);
                    Queue(session, Move);
                },
                cancellationToken: Token)));
        Assert.Equal(
            [Boundary],
            await HopsOfAsync(engine => engine.RunAsync(
                (session, _) =>
                {
                    Queue(session, Move);
                    return Task.CompletedTask;
                },
                cancellationToken: Token)));
        Assert.Equal(
            [Read, Boundary],
            await HopsOfAsync(engine => engine.RunAsync(
                (session, token) =>
                {
                    Queue(session, Move);
                    return ScalarAsync<long>(session, Read, token);
                },
                cancellationToken: Token)));
    }

    [Fact]
    public async Task G30_In_autocommit_a_read_costs_one_hop_and_a_write_two() =>
        Assert.Equal(
            [Insert, Insert, Read, Boundary],
            await HopsOfAsync(async engine =>
            {
                await using var session = engine.OpenSession(Autocommit);
                await ExecuteAsync(session, Insert, Token);
                await ScalarAsync<long>(session, Read, Token);
            }));

    [Fact]
    public async Task G30_A_session_without_commands_costs_no_hop() => Assert.Empty(await HopsOfAsync(async engine =>
    {
        await using var session = engine.OpenSession();
        await session.Connection.OpenAsync(Token);
        await session.CommitAsync(Token);
    }));

    [Fact]
    public async Task G30_The_end_of_a_reader_is_not_awaited_and_the_next_session_runs_after_it()
    {
        var engine = await WarmAsync();
        using var ended = new ManualResetEventSlim();
        ConcurrentQueue<string> seen = [];
        using (Watch(text =>
        {
            seen.Enqueue(text);
            if (text == Boundary)
            {
                ended.Wait(TimeSpan.FromSeconds(20));
            }
        }))
        {
            await ReadAsync(engine, ReadOnly).WaitAsync(TimeSpan.FromSeconds(20), Token);
            Assert.Equal((0, 0), (engine.GetSnapshot().InUse, engine.GetSnapshot().Waiting));
            var next = ReadAsync(engine, Writer);   // on the only connection there is
            Assert.False(next.IsCompleted);
            ended.Set();
            Assert.Equal(1, await next);
            Assert.Equal([Read, Boundary, Read, Boundary], seen);
        }
    }

    private static Task<long> ReadAsync(DbEngine engine, DbSessionOptions options) =>
        engine.RunAsync(static (session, token) => ScalarAsync<long>(session, Read, token), options, Token);

    private static void Queue(DbSession session, string sql)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        session.Queue(command);
    }

    private static async Task ReadBothAsync(DbSession session, CancellationToken token)
    {
        await using var reader = await ReaderAsync(session, Both, token);
        while (await reader.ReadAsync(token))
        {
        }
    }

    private async Task<string[]> HopsOfAsync(Func<DbEngine, Task> work)
    {
        var engine = await WarmAsync();
        return await HopsOfAsync(engine, () => work(engine));
    }

    /// <summary>Makes an engine of one connection, which is open and has done something.</summary>
    private async Task<DbEngine> WarmAsync()
    {
        // Time stands still: how many rows come with a hop depends on how long they take.
        var engine = CreateEngine(static options =>
            (options.PoolSize, options.MaxOverflow, options.TimeProvider) = (1, 0, new FakeTimeProvider()));
        await engine.RunAsync((session, token) => ExecuteAsync(session, Insert, token), cancellationToken: Token);
        return engine;
    }
}
