using System.Diagnostics;
using Xunit;

namespace Millpond.IntegrationTests.Sqlite;

public sealed class InterruptionTests : SqliteTestBase
{
    [Fact]
    public async Task G31_An_interrupted_write_loses_the_whole_transaction()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        using var patience = new CancellationTokenSource(300);
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ExecuteAsync(session, EndlessWrite, patience.Token));
        Assert.Equal(patience.Token, error.CancellationToken);
        Assert.Equal(SessionState.Lost, session.State);

        await Assert.ThrowsAsync<SessionAbortedException>(
            () => ExecuteAsync(session, "insert into users values (2, 'bob')", Token));
        await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        Assert.Equal(0, await CountUsersAsync());

        await ExecuteAsync(session, "insert into users values (3, 'cleo')", Token);   // begins anew
        await session.CommitAsync(Token);
        Assert.Equal(1, await CountUsersAsync());
    }

    [Fact]
    public async Task G31_A_savepoint_does_not_survive_an_interrupted_write()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        await using (var inner = await session.BeginTransactionAsync(Token))
        {
            using var patience = new CancellationTokenSource(300);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ExecuteAsync(session, EndlessWrite, patience.Token));
            await Assert.ThrowsAsync<SessionAbortedException>(() => inner.RollbackAsync(Token));
        }

        await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task G31_An_interrupted_query_keeps_the_transaction()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        using var patience = new CancellationTokenSource(300);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ScalarAsync<long>(session, EndlessQuery, patience.Token));
        Assert.Equal(SessionState.Active, session.State);
        await ExecuteAsync(session, "insert into users values (2, 'bob')", Token);
        await session.CommitAsync(Token);
        Assert.Equal(2, await CountUsersAsync());
    }

    [Fact]
    public async Task G31_A_reader_is_interrupted_between_its_rows()
    {
        await using var session = Engine.OpenSession();
        using var patience = new CancellationTokenSource(300);
        const string Sql = "with recursive c (i) as (select 1 union all select i + 1 from c) select i from c where i < 50";
        await using var reader = await ReaderAsync(session, Sql, Token);
        var rows = 0;
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await reader.ReadAsync(patience.Token))
            {
                rows++;
            }
        });
        Assert.Equal(patience.Token, error.CancellationToken);
        Assert.InRange(rows, 0, 49);
        await reader.DisposeAsync();
        Assert.Equal(1, await ScalarAsync<long>(session, "select 1", Token));
    }

    [Fact]
    public async Task G31_An_interruption_is_never_lost_at_any_stage_of_the_statement()
    {
        var random = new Random(32);
        await using var session = Engine.OpenSession(ReadOnly);
        await ScalarAsync<long>(session, "select 1", Token);
        for (var round = 0; round < 300; round++)
        {
            using var patience = new CancellationTokenSource();
            var running = ScalarAsync<long>(session, EndlessQuery, patience.Token);
            Thread.SpinWait(random.Next(0, 10_000));
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(20), Token));
        }
    }

    [Fact]
    public async Task S07_A_cancelled_reader_leaves_no_old_snapshot_on_the_connection()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        await engine.RunAsync((session, token) => ExecuteAsync(session, ManyUsers, token), cancellationToken: Token);
        using var patience = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.RunAsync(
            async (session, token) =>
            {
                await using var reader = await ReaderAsync(session, "select * from users", token);
                Assert.True(await reader.ReadAsync(token));
                await patience.CancelAsync();
            },
            ReadOnly,
            patience.Token));

        using var stranger = OpenStranger();
        Run(stranger, "delete from users");
        await using var next = engine.OpenSession(ReadOnly);
        Assert.Equal(0, await ScalarAsync<long>(next, "select count(*) from users", Token));
    }

    [Fact]
    public async Task G31_Cancel_interrupts_a_command()
    {
        await using var session = Engine.OpenSession(ReadOnly);
        await ScalarAsync<long>(session, "select 1", Token);
        var command = session.Connection.CreateCommand();
        command.CommandText = EndlessQuery;
        var running = command.ExecuteScalarAsync(Token);
        while (!running.IsCompleted)
        {
            command.Cancel();
            await Task.Delay(1, Token);
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(1, await ScalarAsync<long>(session, "select 1", Token));
    }

    [Fact]
    public async Task S06_The_end_of_a_session_interrupts_running_work()
    {
        var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        var running = ExecuteAsync(session, EndlessWrite, Token);
        await session.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => running);
        await AssertNothingHeldAsync(Engine);
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task G31_An_interruption_never_affects_the_connections_next_user()
    {
        var engine = CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0));
        var random = new Random(31);
        var interrupted = 0;
        var usual = TimeSpan.FromMilliseconds(3);
        for (var round = 0; round < 200; round++)
        {
            using var patience = new CancellationTokenSource();
            var start = Stopwatch.GetTimestamp();
            var victim = CountAsync(engine, 20_000, patience.Token);
            var moment = usual * (random.NextDouble() * 1.5);
            while (Stopwatch.GetElapsedTime(start) < moment)
            {
                Thread.SpinWait(10);
            }

            var cancelling = Task.Run(patience.Cancel, Token);
            try
            {
                Assert.Equal(20_000, await victim);
            }
            catch (OperationCanceledException)
            {
                interrupted++;
            }

            start = Stopwatch.GetTimestamp();
            Assert.Equal(20_000, await CountAsync(engine, 20_000, Token));
            usual = Stopwatch.GetElapsedTime(start);
            Assert.Equal(60_000, await CountAsync(engine, 60_000, Token));
            await cancelling;
        }

        Assert.InRange(interrupted, 1, 199);
        await AssertNothingHeldAsync(engine);
    }

    private static Task<long> CountAsync(DbEngine engine, int rows, CancellationToken token) => engine.RunAsync(
        (session, cancelled) => ScalarAsync<long>(
            session,
            $"with recursive c (i) as (select 1 union all select i + 1 from c where i < {rows}) select count(*) from c",
            cancelled),
        ReadOnly,
        token);
}
