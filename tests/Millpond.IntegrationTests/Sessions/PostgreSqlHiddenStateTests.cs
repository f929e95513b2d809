using Xunit;

namespace Millpond.IntegrationTests.Sessions;

/// <summary>State that no statement's text shows: why the driver resets a connection before its next user.</summary>
[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlHiddenStateTests : PostgreSqlStateTestBase
{
    private const string Leak =
        """
        create function leak() returns int language plpgsql as $$
        begin
            perform set_config('my.user', 'ada', false);
            perform pg_advisory_lock(77);
            create temp table if not exists secrets (x int);
            perform nextval('numbers');
            return 1;
        end $$;
        create sequence numbers;
        create table plain (x int);
        insert into plain values (1)
        """;

    [Theory]
    [InlineData("", "select leak()")]
    [InlineData("", "select x from plain where leak() = 1")]
    [InlineData("create function wrapped() returns int language sql as 'select leak()'", "select wrapped()")]
    [InlineData("create view seen as select leak() as x", "select x from seen")]
    [InlineData(
        "create function same(int, int) returns boolean language sql as 'select leak() = 1'; " +
        "create operator === (leftarg = int, rightarg = int, function = same)",
        "select x from plain where x === 1")]
    [InlineData(
        "create type wrapping as (x int); " +
        "create function wrap(int) returns wrapping language sql as 'select row(leak())::wrapping'; " +
        "create cast (int as wrapping) with function wrap(int)",
        "select 1::wrapping")]
    [InlineData("create domain checked as int check (leak() = 1)", "select 1::checked")]
    [InlineData("alter table plain add check (leak() = 1) not valid", "insert into plain values (2)")]
    [InlineData("create table filled (x int, y int default leak())", "insert into filled (x) values (1)")]
    [InlineData("create rule also as on update to plain do also select leak()", "update plain set x = 2")]
    [InlineData(
        "create function fired() returns trigger language plpgsql as 'begin perform leak(); return new; end'; " +
        "create trigger fires before insert on plain for each row execute function fired()",
        "insert into plain values (2)")]
    [InlineData(
        "create function late() returns trigger language plpgsql as 'begin perform leak(); return null; end'; " +
        "create constraint trigger fires after insert on plain deferrable initially deferred " +
        "for each row execute function late()",
        "insert into plain values (2); set constraints all immediate")]
    [InlineData("create procedure called() language plpgsql as 'begin perform leak(); end'", "call called()")]
    [InlineData("", "do $$ begin perform leak(); end $$")]
    [InlineData("", "prepare hidden as select leak(); execute hidden")]
    [InlineData(
        "create function grow(int, int) returns int language sql as 'select leak()'; " +
        "create aggregate grown (int) (sfunc = grow, stype = int, initcond = 0)",
        "select grown(x) from plain")]
    public async Task S21_State_that_no_text_shows_is_undone_before_the_connections_next_user(string setUp, string leave)
    {
        await using (var stranger = await OpenStrangerAsync())
        {
            foreach (var sql in (string[])[Leak, setUp])
            {
                await using var command = stranger.CreateCommand();
                command.CommandText = sql.Length > 0 ? sql : "select 1";
                await command.ExecuteNonQueryAsync(Token);
            }
        }

        var backend = 0;
        await OneConnection.RunAsync(
            async (session, token) =>
            {
                await ExecuteAsync(session, leave, token);
                Assert.Equal("ada", await ScalarAsync<string>(session, "select current_setting('my.user', true)", token));
                backend = await BackendAsync(session);
            },
            cancellationToken: Token);

        await using var next = OneConnection.OpenSession();
        Assert.Equal(0, await ScalarAsync<long>(
            next,
            "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
            Token));
        Assert.Equal(backend, await BackendAsync(next));   // the same connection
        Assert.Equal(
            "  False",
            await ScalarAsync<string>(
                next,
                "select concat(current_setting('my.user', true), ' ', to_regclass('pg_temp.secrets'), ' ', " +
                "case when exists (select from pg_prepared_statements where from_sql) then 'True' else 'False' end)",
                Token));
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => ScalarAsync<long>(next, "select lastval()", Token));
    }
}
