using Dapper;
using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>What a session leaves on its connection is gone with it, for everyone.</summary>
[Trait("Needs", "PostgreSQL")]
public class PostgreSqlStateTests : PostgreSqlStateTestBase
{
    private const string LastStatement = "discard temp";

    private static readonly string[] Ends = ["commit", "rollback", "exception", "cancellation"];

    private static readonly (string Leave, string Look)[] States =
    [
        ("set application_name = 'left'", "select count(*) where current_setting('application_name') = 'left'"),
        ("set session statement_timeout = 54321", "select count(*) where current_setting('statement_timeout') = '54321ms'"),
        ("set time zone 'Asia/Tokyo'", "select count(*) where current_setting('timezone') = 'Asia/Tokyo'"),
        ("select set_config('my.user', 'ada', false)", "select count(*) where current_setting('my.user', true) = 'ada'"),
        ("set role pg_read_all_data", "select count(*) where current_user = 'pg_read_all_data'"),
        ("set session characteristics as transaction isolation level serializable",
            "select count(*) where current_setting('default_transaction_isolation') = 'serializable'"),
        ("create temp table secrets (x int)", "select count(*) where to_regclass('pg_temp.secrets') is not null"),
        ("create or replace temporary view secrets as select 1",
            "select count(*) where to_regclass('pg_temp.secrets') is not null"),
        ("create table pg_temp.secrets (x int)", "select count(*) where to_regclass('pg_temp.secrets') is not null"),
        ("select 1 as x into temp secrets", "select count(*) where to_regclass('pg_temp.secrets') is not null"),
        ("select pg_advisory_lock(77)", Locks),
        ("with l as (select pg_try_advisory_lock_shared(7, 7)) select * from l", Locks),
        ("select 1; /* ; */ select \"pg_advisory_lock\"(77)", Locks),
        ("do $$ begin perform pg_advisory_lock(77); end $$", Locks),
        ("listen mill", "select count(*) from pg_listening_channels()"),
        ("declare c cursor with hold for select 1", "select count(*) from pg_cursors where name = 'c'"),
        ("prepare \"left\" as select 1", "select count(*) from pg_prepared_statements where from_sql"),
    ];

    public static TheoryData<string, string, string> EachState()
    {
        var all = new TheoryData<string, string, string>();
        foreach (var (leave, look) in States)
        {
            foreach (var end in Ends)
            {
                all.Add(leave, look, end);
            }
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(EachState))]
    public async Task S21_Session_state_on_a_connection_is_undone_before_its_next_user(
        string leave, string look, string end)
    {
        var backend = 0;
        await EndAsync(WithoutTheDriversReset, end, async session =>
        {
            backend = await BackendAsync(session);
            await ExecuteAsync(session, leave, Token);
            if (!leave.StartsWith("listen", StringComparison.Ordinal))   // which counts from the commit on
            {
                Assert.Equal(1, await ScalarAsync<long>(session, look, Token));
            }
        });
        await AssertNothingHeldAsync(WithoutTheDriversReset);

        await using var next = WithoutTheDriversReset.OpenSession();
        Assert.Equal(backend, await BackendAsync(next));   // the same connection
        Assert.Equal(0, await ScalarAsync<long>(next, look, Token));
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("rollback")]
    [InlineData("exception")]
    [InlineData("cancellation")]
    public async Task S21_After_a_session_nobody_sees_its_locks_names_or_tables(string end)
    {
        await using var stranger = await OpenStrangerAsync();
        const string named = "select count(*) from pg_stat_activity where application_name = 'left'";
        const string tables = "select count(*) from pg_class where relname = 'secrets'";
        await EndAsync(OneConnection, end, async session =>
        {
            await ExecuteAsync(session, "select pg_advisory_lock(77); set application_name = 'left'", Token);
            await ExecuteAsync(session, "create temp table secrets (x int)", Token);
            Assert.Equal((1, 1), (await AskAsync<long>(stranger, Locks), await AskAsync<long>(stranger, named)));
        });

        // At once, so within 100 ms whatever the machine does meanwhile.
        var now = (await AskAsync<long>(stranger, Locks), await AskAsync<long>(stranger, named));
        Assert.Equal((0, 0, 0), (now.Item1, now.Item2, await AskAsync<long>(stranger, tables)));
        await AssertNothingHeldAsync(OneConnection);
        await UntilAsync(stranger, Backends, 1);
    }

    [Fact]
    public async Task S21_Batches_and_texts_sent_through_Dapper_are_analysed()
    {
        await using var stranger = await OpenStrangerAsync();
        await OneConnection.RunAsync(
            async (session, token) =>
            {
                await using var batch = session.Connection.CreateBatch();
                foreach (var text in (string[])["select 1", "select pg_advisory_lock(77)"])
                {
                    var command = batch.CreateBatchCommand();
                    command.CommandText = text;
                    batch.BatchCommands.Add(command);
                }

                await batch.ExecuteNonQueryAsync(token);
            },
            cancellationToken: Token);
        Assert.Equal(0, await AskAsync<long>(stranger, Locks));

        await OneConnection.RunAsync(
            (session, _) => session.Connection.ExecuteAsync("select pg_advisory_lock(@id)", new { id = 77 }),
            cancellationToken: Token);
        Assert.Equal(0, await AskAsync<long>(stranger, Locks));
    }

    [Fact]
    public async Task S21_A_text_whose_effect_depends_on_parameters_is_analysed_each_time()
    {
        foreach (var isLocal in (bool[])[true, true, false])
        {
            await WithoutTheDriversReset.RunAsync(
                (session, _) => session.Connection.ExecuteAsync(
                    "select set_config('my.user', 'ada', @isLocal)", new { isLocal }),
                cancellationToken: Token);
        }

        Assert.Equal("", await WithoutTheDriversReset.RunAsync(
            static (session, token) => ScalarAsync<string>(session, "select current_setting('my.user', true)", token),
            cancellationToken: Token));
    }

    [Theory]
    [InlineData("select 'listen', 'set x', 'pg_advisory_lock(1)' -- create temp table x (y int)", false)]
    [InlineData("/* listen x; */ select $$ create temp table x $$", false)]
    [InlineData("set local statement_timeout = 5000", false)]
    [InlineData("set transaction isolation level serializable", false)]
    [InlineData("set constraints all deferred", false)]
    [InlineData("select pg_advisory_xact_lock(1), pg_try_advisory_xact_lock_shared(2)", false)]
    [InlineData("select set_config('my.user', 'a''da, (x', true)", false)]
    [InlineData("select set_config('my.user', lower('ADA'), TRUE ), 2", false)]
    [InlineData("create temp table s (x int) on commit drop", false)]
    [InlineData("declare c cursor without hold for select 1", false)]
    [InlineData("create table if not exists temp (temp int); insert into temp values (1); update temp set temp = 2", false)]
    [InlineData("create function f() returns void language sql set search_path = x as $b$ listen x $b$", false)]
    [InlineData("select E'\\'; listen x'", false)]
    [InlineData("select set_config('my.user', 'true', false)", true)]
    [InlineData("select set_config('my.user', 'a', 1 > 2), true", true)]
    [InlineData("select set_config('my.user', 'a' /* , true) */, false)", true)]
    [InlineData("select 1; SET TimeZone = 'UTC'", true)]
    [InlineData("/* hello */ Listen mill", true)]
    [InlineData("explain analyze select pg_catalog.PG_ADVISORY_LOCK(1)", true)]
    [InlineData("create local temporary table s (x int)", true)]
    [InlineData("create temp table s as select 'on commit drop' as x", true)]
    [InlineData("with x as (select 1) select * into temporary s from x", true)]
    public async Task S21_Only_a_text_that_leaves_state_costs_a_reset(string text, bool resets)
    {
        await using var stranger = await OpenStrangerAsync();
        var backend = 0;
        await OneConnection.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, text, token);
                backend = await BackendAsync(session);
            },
            cancellationToken: Token);
        var last = await AskAsync<string>(stranger, $"select query from pg_stat_activity where pid = {backend}");
        Assert.Equal(resets ? LastStatement : "COMMIT", last);
    }

    [Fact]
    public async Task S21_ResetOnReturn_undoes_state_that_no_text_shows()
    {
        await using var stranger = await OpenStrangerAsync();
        await OneConnection.RunAsync(
            (session, token) => ExecuteAsync(
                session,
                "create function take() returns void language plpgsql as $$ begin perform pg_advisory_lock(77); end $$",
                token),
            cancellationToken: Token);
        await using var session = OneConnection.OpenSession();
        session.ResetOnReturn();
        for (var time = 0; time < 2; time++)
        {
            await ExecuteAsync(session, "select take()", Token);
            Assert.Equal(1, await AskAsync<long>(stranger, Locks));
            await session.CommitAsync(Token);
            Assert.Equal(0, await AskAsync<long>(stranger, Locks));
        }

        await session.DisposeAsync();
        Assert.Throws<SessionEndedException>(session.ResetOnReturn);

        // Without it the driver's own reset comes with the connection's next user, before that one's first statement.
        await OneConnection.RunAsync((other, token) => ExecuteAsync(other, "select take()", token), cancellationToken: Token);
        await using var next = OneConnection.OpenSession();
        Assert.Equal(0, await ScalarAsync<long>(next, Locks, Token));
    }

    [Fact]
    public async Task S21_A_reset_keeps_the_drivers_prepared_statements()
    {
        for (var time = 0; time < 3; time++)
        {
            await OneConnection.RunAsync(
                async (session, token) =>
                {
                    await using var command = session.Connection.CreateCommand();
                    command.CommandText = "select count(*) from users where id > 0";
                    await command.PrepareAsync(token);
                    Assert.Equal(0L, await command.ExecuteScalarAsync(token));
                    await ExecuteAsync(session, "set application_name = 'left'; prepare mine as select 1", token);
                },
                cancellationToken: Token);
        }

        Assert.Equal(1, await OneConnection.RunAsync(
            (session, token) => ScalarAsync<long>(
                session, "select count(*) from pg_prepared_statements where not from_sql and statement like '%id > 0'", token),
            cancellationToken: Token));
    }

    [Fact]
    public async Task S21_A_session_disposed_without_await_is_reset_in_the_background()
    {
        await using var stranger = await OpenStrangerAsync();
        var session = OneConnection.OpenSession();
        await ExecuteAsync(session, "select pg_advisory_lock(77)", Token);
#pragma warning disable CA1849 // that is what the test is about
        session.Dispose();
#pragma warning restore CA1849
        await UntilAsync(stranger, Locks, 0);
        await AssertNothingHeldAsync(OneConnection);
    }
}
