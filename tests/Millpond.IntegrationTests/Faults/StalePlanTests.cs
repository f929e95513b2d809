using Millpond.IntegrationTests.Requests;
using Npgsql;
using Xunit;
using Xunit.Sdk;

namespace Millpond.IntegrationTests.Faults;

/// <summary>Prepared statements that a migration or the session itself made stale.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class StalePlanTests(ProxiedDatabase database) : IClassFixture<ProxiedDatabase>, IAsyncLifetime
{
    private const string Prepares = "&max auto prepare=10&auto prepare min usages=1";
    private const string Read = "select * from shape";

    private int _columns = 1;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await database.LookAsync(
        "drop table if exists shape; create table shape (a int); insert into shape values (1); select 0");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task G15_Nothing_is_prepared_unless_the_connection_string_enables_it()
    {
        await using var engine = Engine("");
        await using var own = DbEngine.Create(options =>
        {
            options.UsePostgreSql(database.GetUrl().Replace("&max auto prepare=0", "", StringComparison.Ordinal));
            options.PoolSize = 1;
        });
        foreach (var one in new[] { engine, own })
        {
            for (var use = 0; use < 8; use++)
            {
                Assert.Equal(0, await one.RunAsync(
                    static (session, token) => session.ScalarAsync("select count(*) from pg_prepared_statements", token),
                    cancellationToken: Token));
            }

            // As on the bare driver: a table that changes between two statements of a program disturbs nobody.
            await ReadAsync(one);
            await MigrateAsync();
            await one.RunAsync(
                static async (session, token) =>
                {
                    await session.RunAsync("select 1", token);
                    await session.RunAsync(Read, token);
                },
                cancellationToken: Token);
        }
    }

    [Fact]
    public async Task S19_A_first_statement_with_a_stale_plan_is_sent_again()
    {
        await using var engine = Engine(Prepares);
        foreach (var read in (Func<DbSession, CancellationToken, Task<int>>[])
            [CountColumnsAsync, CountColumnsOfBatchAsync, CountWithSavepointAsync])
        {
            await engine.RunAsync(read, cancellationToken: Token);
            await MigrateAsync();
            Assert.Equal(_columns, await engine.RunAsync(read, cancellationToken: Token));
        }

        Assert.Equal(0, engine.GetSnapshot().Retries);
    }

    [Fact]
    public async Task S19_Sending_a_first_statement_again_costs_two_more_round_trips()
    {
        await using var engine = Engine(Prepares);
        await ReadAsync(engine);
        Assert.Equal(2, await database.Proxy.CountRoundTripsAsync(() => ReadAsync(engine)));
        await MigrateAsync();
        Assert.Equal(4, await database.Proxy.CountRoundTripsAsync(() => ReadAsync(engine)));   // the refusal, the rollback
    }

    [Fact]
    public async Task S19_If_a_transaction_cannot_be_restarted_after_a_stale_plan_nothing_runs_without_one()
    {
        await using var engine = Engine(Prepares);
        await ReadAsync(engine);
        await MigrateAsync();
        var begins = 0;
        var options = new DbSessionOptions();
        options.OnBegin(_ => Assert.NotEqual(2, ++begins));
        await using (var session = engine.OpenSession(options))
        {
            await Assert.ThrowsAsync<NotEqualException>(() => CountColumnsAsync(session, Token));
            await session.RunAsync("insert into shape values (7)", Token);   // and nobody commits it
        }

        Assert.Equal((3, 0), (begins, await database.LookAsync("select count(*) from shape where a = 7")));
    }

    [Fact]
    public async Task S19_A_batch_whose_first_statement_ran_is_not_sent_again()
    {
        await database.LookAsync("create sequence if not exists batches; select setval('batches', 1)");
        await using var engine = Engine(Prepares);
        Task SendAsync() => engine.RunAsync(
            static async (session, token) =>
            {
                await using var batch = session.Connection.CreateBatch();
                foreach (var sql in new[] { "select nextval('batches')", Read })
                {
                    var command = batch.CreateBatchCommand();
                    command.CommandText = sql;
                    batch.BatchCommands.Add(command);
                }

                await batch.ExecuteNonQueryAsync(token);
            },
            cancellationToken: Token);
        await SendAsync();
        await MigrateAsync();
        Assert.Equal("0A000", (await Assert.ThrowsAsync<PostgresException>(SendAsync)).SqlState);
        Assert.Equal(3, await database.LookAsync("select last_value from batches"));
    }

    [Fact]
    public async Task S19_A_later_statement_with_a_stale_plan_is_retried()
    {
        await using var engine = Engine(Prepares);
        await ReadAsync(engine);
        await MigrateAsync();
        var error = await Assert.ThrowsAsync<PostgresException>(() => engine.RunAsync(LaterAsync, cancellationToken: Token));
        Assert.Equal("0A000", error.SqlState);
        await ReadAsync(engine);
        await MigrateAsync();
        Assert.Equal(_columns, await engine.RunAsync(LaterAsync, new DbSessionOptions { Retries = 1 }, Token));
        Assert.Equal(1, engine.GetSnapshot().Retries);
    }

    [Fact]
    public async Task S19_A_statement_whose_plan_the_server_lost_is_retried()
    {
        await using var engine = Engine(Prepares);
        var tries = 0;
        Assert.Equal(_columns, await engine.RunAsync(
            async (session, token) =>
            {
                var columns = await CountColumnsAsync(session, token);
                if (tries++ == 0)
                {
                    await session.RunAsync("do $$ begin execute 'deallocate all'; end $$", token);   // no text shows it
                    columns = await CountColumnsAsync(session, token);
                }

                return columns;
            },
            new DbSessionOptions { Retries = 1 },
            Token));
        Assert.Equal((2, 1L), (tries, engine.GetSnapshot().Retries));
    }

    [Fact]
    public async Task S19_One_stale_plan_makes_the_whole_pool_drop_its_plans()
    {
        await using var engine = database.CreateEngine(static options => options.PoolSize = 3, Prepares);
        await AllAsync(static (session, token) => CountColumnsAsync(session, token));
        await MigrateAsync();
        await ReadAsync(engine);   // one of the three meets it
        await AllAsync(LaterAsync);   // as later statements, on which nothing could be sent again

        Task AllAsync(Func<DbSession, CancellationToken, Task<int>> work)
        {
            var together = new TaskCompletionSource();
            var arrived = 0;
            return Task.WhenAll(Enumerable.Range(0, 3).Select(_ => engine.RunAsync(
                async (session, token) =>
                {
                    var columns = await work(session, token);
                    if (Interlocked.Increment(ref arrived) == 3)
                    {
                        together.SetResult();
                    }

                    await together.Task.WaitAsync(token);   // so each has a connection of its own
                    return columns;
                },
                cancellationToken: Token)));
        }
    }

    private static async Task<int> CountColumnsAsync(DbSession session, CancellationToken token)
    {
        await using var command = session.Connection.CreateCommand();
        command.CommandText = Read;
        await using var reader = await command.ExecuteReaderAsync(token);
        Assert.True(await reader.ReadAsync(token));
        return reader.FieldCount;
    }

    private static async Task<int> CountColumnsOfBatchAsync(DbSession session, CancellationToken token)
    {
        await using var batch = session.Connection.CreateBatch();
        var command = batch.CreateBatchCommand();
        command.CommandText = Read;
        batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(token);
        Assert.True(await reader.ReadAsync(token));
        return reader.FieldCount;
    }

    private static async Task<int> CountWithSavepointAsync(DbSession session, CancellationToken token)
    {
        await using var inner = await session.BeginTransactionAsync(token);
        var columns = await CountColumnsAsync(session, token);
        await inner.RollbackAsync(token);   // it is there
        return columns;
    }

    private static async Task<int> LaterAsync(DbSession session, CancellationToken token)
    {
        await session.RunAsync("select 1", token);
        return await CountColumnsAsync(session, token);
    }

    private static Task<int> ReadAsync(DbEngine engine) => engine.RunAsync(CountColumnsAsync, cancellationToken: Token);

    private DbEngine Engine(string query) =>
        database.CreateEngine(static options => (options.PoolSize, options.MaxOverflow) = (1, 0), query);

    private Task<long> MigrateAsync() =>
        database.LookAsync($"alter table shape add column more{_columns++} int default 1; select 0");
}
