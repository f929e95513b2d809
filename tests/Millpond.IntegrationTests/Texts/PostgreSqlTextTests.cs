using Millpond.IntegrationTests.Servers;
using Millpond.IntegrationTests.Sessions;
using Millpond.PostgreSql.Statements;
using Xunit;

namespace Millpond.IntegrationTests.Texts;

[Trait("Needs", "PostgreSQL")]
public sealed class PostgreSqlTextTests : SqlTextRules
{
    protected override IReadOnlyList<string> Statements { get; } =
    [
        "select {v}", "select {v}, {v}", "insert into t values (1)", "select a from t -- {v}\n", "(select {v})", "",
        "commit", "end", "abort", "rollback", "begin", "start transaction", "commit and chain", "rollback work",
        "end transaction",
        "savepoint s", "release s", "release savepoint s", "rollback to s", "rollback work to savepoint s", "savepoint \"S;\"",
        "do $b$ begin perform 1; end $b$", "do 'begin perform 1; end; '", "explain select {v}",
        "create or replace function g() returns int language sql as $f$ select 1; $f$",
        "create or replace function g() returns text language sql as 'select ''commit'';'",
        "create function h{n}() returns int begin atomic select 1; end",
        "create trigger begin{n} after insert on t for each row execute function f()",
        "create or replace trigger begin after insert on t for each row execute function f()",
        "create rule r{n} as on insert to t do also (select 1; select 2)",
        "set work_mem = '1MB'", "set local work_mem = '1MB'", "set session work_mem = '1MB'", "reset work_mem",
        "select set_config('work_mem', '1MB', false)", "select set_config('work_mem', '1MB', true)",
        "select pg_catalog.\"set_config\"('work_mem', '1MB', false)", "select set_config('work_mem', '1MB', not true)",
        "select set_config('work_mem', replace('1MB', ')', 'true'), false)",
        "select set_config(is_local => true, setting_name => 'work_mem', new_value => '1MB')",
        "select set_config('work_mem', '1MB', is_local => false)", "listen x", "prepare p{n} as select 1",
        "declare c{n} cursor with hold for select 1", "declare c{n} cursor for select 1", "set role none", "deallocate all",
        "discard plans",
        "create temp table tt{n} (a int)", "create local temporary table tt{n} (a int)",
        "create temp table tt{n} (a int) on commit drop", "create table pg_temp.tt{n} (a int)", "select 1 as a into temp tt{n}",
        "create temporary view tv{n} as select 1", "explain analyze create temp table te{n} as select 1",
        "create function pg_temp.f{n}() returns int language sql as 'select 1'",
        "select pg_advisory_lock(1)", "select pg_advisory_xact_lock(1)", "select pg_try_advisory_lock_shared(1)",
        "do $$ begin perform set_config('work_mem', '1MB', false); end $$", "create table temp{n} (temp int)",
    ];

    protected override IReadOnlyList<string> Values { get; } =
    [
        "1", "';commit;'", "'it''s; commit'", "'\\'", "e'\\'; commit; '", "e'a'\n'\\'; commit; '", "e'a' -- x\n '\\';commit;'",
        "e'a' '\\'", "E'\\\\'", "$$;commit;$$", "$q$; commit; $$ $q$", "1 as a$b$c", "1 as \"x;commit\"", "U&'\\0041;commit'",
        "n'x;commit'", "array['a;', 'b]', '[']", "1 as ж$x$", "1 as a\u00a0$q$", "b'1'", "x'1f'", "1e5", "1.5", "'a' || $z$'$z$",
        "1 /* ; commit */", "1 /* a /* b */ ; commit; */", "1 -- ; commit\n", "case when true then 1 end", "1 as \"commit\"",
        "1 as commit", "- -1", "4 / 2", "5 % -3", "'{\"a\": [1]}'::jsonb", "1 as \"a\"\";\"", "date '2020-01-01'", "(1)",
        "$ж$;$ж$",
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task S20_A_transaction_ended_unnoticed_by_a_text_is_detected_by_the_next_statement_or_the_commit(bool confirms)
    {
        var engine = CreateEngine(options => options.Session.ConfirmCommit = confirms);
        await using (var session = engine.OpenSession())
        {
            await EndUnseenAsync(session);
            await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        }

        await using (var session = engine.OpenSession())
        {
            await EndUnseenAsync(session);
            var error = await Assert.ThrowsAsync<InvalidOperationException>(
                () => ExecuteAsync(session, "insert into users values (2, 'bob')", Token));
            Assert.StartsWith("An earlier command ended the transaction by its SQL text", error.Message);
            await Assert.ThrowsAsync<SessionAbortedException>(() => session.CommitAsync(Token));
        }

        Assert.Equal(0, await CountUsersAsync());
    }

    /// <summary>Commits in a string, to the reader: a setting has the server, and the driver, end the string before.</summary>
    private static async Task EndUnseenAsync(DbSession session)
    {
        await ExecuteAsync(session, "set local standard_conforming_strings = off", Token);
        await ExecuteAsync(session, "select '\\'' ; commit; select ' '", Token);
    }

    protected override Task<ScratchDatabase> CreateDatabaseAsync() => RecycledAsync();

    protected override ITextServer CreateServer() => new PostgreSqlTextServer(PostgresUrl.ToConnectionString(Database.Url));

    protected override bool LeavesState(string text) => StateEffects.Find(text) > StateEffect.Local;
}
