using Npgsql;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

[Trait("Needs", "PostgreSQL")]
public class PostgreSqlQueueTests : QueueRules
{
    protected override Type DriverError => typeof(PostgresException);

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    [Fact]
    public async Task S27_Arrays_and_driver_parameters_are_copied()
    {
        await Engine.RunAsync(
            static async (session, token) =>
            {
                await ExecuteAsync(session, "insert into users select i, 'user ' || i from generate_series(1, 5) i", token);
                int[] ids = [1, 2];
                var name = new NpgsqlParameter<string> { TypedValue = "ada" };
                session.Queue($"delete from users where id = any({ids})");
                session.Queue($"update users set name = {name} where id = {3}");
                (ids[0], ids[1], name.TypedValue) = (4, 5, "changed");
            },
            cancellationToken: Token);
        Assert.Equal((2, 1), (await CountUsersAsync("id in (4, 5)"), await CountUsersAsync("id = 3 and name = 'ada'")));
    }

    [Fact]
    public async Task S27_A_value_that_the_driver_cannot_write_is_reported_if_its_statement_is_the_only_one()
    {
        await using var session = Engine.OpenSession();
        await ExecuteAsync(session, "insert into users values (1, 'ada')", Token);
        session.Queue($"update users set name = {new Version(1, 2)}");
        var error = await Assert.ThrowsAsync<QueuedStatementException>(() => session.CommitAsync(Token));
        Assert.Equal("update users set name = @p0", error.Statement);
        Assert.Equal(0, await CountUsersAsync());
        await AssertNothingHeldAsync(Engine);
    }

    [Fact]
    public async Task S27_A_conflict_of_a_queued_statement_is_retried()
    {
        var tries = 0;
        await Engine.RunAsync(
            static (session, token) => ExecuteAsync(
                session,
                "create function conflict() returns int language plpgsql as " +
                "$$ begin raise exception 'no' using errcode = '40001'; end $$",
                token),
            cancellationToken: Token);
        await Engine.RunAsync(
            (session, _) =>
            {
                if (++tries == 1)
                {
                    session.Queue($"select conflict()");
                }

                session.Queue($"insert into users values ({tries}, 'ada')");
                return Task.CompletedTask;
            },
            new DbSessionOptions { Retries = 1 },
            Token);
        Assert.Equal((2, 1), (tries, await CountUsersAsync("id = 2")));
    }

    [Fact]
    public async Task S27_A_queued_statement_cannot_exceed_the_sessions_statement_timeout()
    {
        await using var session = Engine.OpenSession(new DbSessionOptions { StatementTimeout = TimeSpan.FromMilliseconds(50) });
        session.Queue($"select pg_sleep(60)");
        var error = await Assert.ThrowsAsync<QueuedStatementException>(() => session.CommitAsync(Token));
        Assert.Equal("57014", error.SqlState);
    }

    [Fact]
    public async Task S27_A_command_cancelled_while_it_runs_drops_the_queue()
    {
        await using var session = Engine.OpenSession();
        session.Queue($"insert into users values (1, 'ada')");
        using var leave = new CancellationTokenSource();
        var sleeping = ExecuteAsync(session, "select pg_sleep(60)", leave.Token);
        await using (var observer = Database.CreateEngine())
        {
            while (await observer.RunAsync(
                static (beside, token) => ScalarAsync<long>(
                    beside, "select count(*) from pg_stat_activity where wait_event = 'PgSleep'", token),
                cancellationToken: Token) == 0)
            {
            }
        }

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleeping);
        await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        await session.CommitAsync(Token);
        Assert.Equal(0, await CountUsersAsync());
    }

    [Fact]
    public async Task S27_Commands_that_cannot_include_queued_statements_run_after_them() => await Engine.RunAsync(
        static async (session, token) =>
        {
            session.Queue($"insert into users values (1, 'ada')");
            Assert.Equal(1, await ScalarAsync<long>(session, "select count(*) from users; select 2", token));
            session.Queue($"insert into users values (2, 'bob')");
            await using var prepared = session.Connection.CreateCommand();
            prepared.CommandText = "select count(*) from users";
            await prepared.PrepareAsync(token);
            Assert.Equal(2L, await prepared.ExecuteScalarAsync(token));
            session.Queue($"insert into users values (3, 'cyd')");
            Assert.Equal(3L, await prepared.ExecuteScalarAsync(token));
            session.Queue($"insert into users values (4, 'dan')");
            Assert.NotEmpty((await session.Connection.GetSchemaAsync("Tables", token)).Rows);
            await using var batch = session.Connection.CreateBatch();
            foreach (var sql in (string[])["update users set name = 'x' where id = 1", "select count(*) from users"])
            {
                var one = batch.CreateBatchCommand();
                one.CommandText = sql;
                batch.BatchCommands.Add(one);
            }

            session.Queue($"insert into users values (5, 'eve'), (6, 'fay')");
            Assert.Equal(1, await batch.ExecuteNonQueryAsync(token));
            session.Queue($"insert into users values (7, 'gil')");
            Assert.Equal(7L, await batch.ExecuteScalarAsync(token));
        },
        cancellationToken: Token);
}
